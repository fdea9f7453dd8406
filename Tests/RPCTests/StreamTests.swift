import Bytes
import Glibc
import Messages
import Platform
import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    /// Sends back what it gets.
    static let echo = Answering<EdgeWorker>(stream: { stream in
        while let part = try? await stream.receive() {
            switch part {
            case .head(let head): try? await stream.send(head: head)
            case .body(let body): try? await stream.send(body)
            case .end: return await stream.finish()
            }
        }
    })

    @Test(arguments: [0, 1, 16384, 16385, 65536, 300_000, 3_000_000])
    func `a body of any size comes back as it went`(_ size: Int) async throws {
        let pair = try await Pair(Self.echo)
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let stream = try await pair.client.open(head: Array("{}".utf8))
        async let sending: Void = send(body, on: stream)
        let answer = try await stream.collect()
        try await sending
        #expect(answer.head == Array("{}".utf8))
        #expect(answer.body == body)
        await pair.stop()
    }

    private func send(_ body: [UInt8], on stream: RPCStream) async throws {
        for start in Swift.stride(from: 0, to: body.count, by: 50_000) {
            try await stream.send(body[start..<min(start + 50_000, body.count)])
        }
        await stream.finish()
    }

    @Test func `an answer of head alone ends the stream`() async throws {
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { stream in try? await stream.send(head: Array("{1}".utf8), end: true) }))
        let stream = try await pair.client.open(head: Array("{}".utf8), end: true)
        #expect(try await stream.collect().head == Array("{1}".utf8))
        await pair.stop()
    }

    @Test func `a head that is too long is refused, and the connection stays`() async throws {
        let pair = try await Pair(Self.echo)
        let other = try await pair.client.open(head: Array("{}".utf8))
        await #expect(throws: RPCError.tooLong) {
            try await pair.client.open(head: [UInt8](repeating: 0x20, count: 65_537), end: true)
        }
        await other.finish()
        #expect(try await other.collect().head == Array("{}".utf8))
        await pair.stop()
    }

    @Test func `many long heads at once wait or are turned away, and the connection stays`() async throws {
        let pair = try await Pair(Self.echo)
        let head = [UInt8](repeating: 0x20, count: 65_536)
        let answers = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<100 {
                group.addTask { try? await pair.client.open(head: head, end: true).collect().head.count }
            }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(answers.contains(65_536))
        #expect(answers.isSubset(of: [65_536, nil]))
        #expect(pair.clientEvents.values.count == 1)
        await pair.stop()
    }

    @Test func `readers that stopped hold nobody up`() async throws {
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { stream in
                guard case .head(let head) = try? await stream.receive() else { return }
                try? await stream.send(head: head)
                let size = head == Array("{big}".utf8) ? 400_000 : 10_000
                for _ in 0..<size / 10_000 { try? await stream.send([UInt8](repeating: 1, count: 10_000)) }
                await stream.finish()
            }))
        // Each of them fills its window and stays: together they hold all of the connection's pool.
        var stalled: [RPCStream] = []
        for _ in 0..<400 { stalled.append(try await pair.client.open(head: Array("{big}".utf8), end: true)) }
        for _ in 0..<100 {
            let stream = try await pair.client.open(head: Array("{small}".utf8), end: true)
            #expect(try await stream.collect().body.count == 10_000)
        }
        #expect(try await pair.client.open(head: Array("{big}".utf8), end: true).collect().body.count == 400_000)
        for stream in stalled { #expect(try await stream.collect().body.count == 400_000) }
        await pair.stop()
    }

    @Test func `whoever waits too long for a part hears so, and the other side is told`() async throws {
        let aborted = Recorder<Bool>()
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { stream in
                stream.onAbort { aborted.record(true) }
                guard case .head(let head) = try? await stream.receive() else { return }
                try? await stream.send(head: head)
                await aborted.wait(for: 1)
            }))
        let stream = try await pair.client.open(head: Array("{}".utf8), end: true)
        #expect(try await stream.receive(within: .seconds(50)) == .head(Array("{}".utf8)))
        await #expect(throws: RPCError.timedOut) { try await stream.receive(within: .milliseconds(20)) }
        await aborted.wait(for: 1)
        await pair.stop()
    }

    @Test func `a peer that says nothing at all loses the connection, not one that speaks to others`() async throws {
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { stream in
                guard case .head(let head) = try? await stream.receive() else { return }
                if head == Array("{echo}".utf8) { return (try? await stream.send(head: head, end: true)) ?? () }
                _ = try? await stream.receive(within: .seconds(50))
            }))
        let waits = try await pair.client.open(head: Array("{}".utf8))
        let part = Task { try await waits.receive(within: .seconds(1)) }
        // Until it has expired, others are answered.
        let speaks = Task {
            while !Task.isCancelled {
                _ = try await pair.client.open(head: Array("{echo}".utf8), end: true).collect()
            }
        }
        await #expect(throws: RPCError.timedOut) { try await part.value }
        speaks.cancel()
        try await speaks.value
        #expect(pair.clientEvents.values.count == 1)
        let silent = try await pair.client.open(head: Array("{}".utf8))
        await #expect(throws: RPCError.timedOut) { try await silent.receive(within: .milliseconds(20)) }
        await pair.connected(2)
        #expect(pair.clientEvents.values.contains(.disconnected(.timedOut)))
        await pair.stop()
    }

    @Test func `who waits already can be given a limit`() async throws {
        let begun = Recorder<Bool>()
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { stream in
                begun.record(true)
                while (try? await stream.receive()) ?? .end != .end {}
                _ = try? await stream.receive(within: .seconds(50))
                await begun.wait(for: 2)
            }))
        let stream = try await pair.client.open(head: Array("{}".utf8), end: true)
        let part = Task { try await stream.receive() }
        await begun.wait(for: 1)
        stream.expectPart(within: .milliseconds(20))
        await #expect(throws: RPCError.timedOut) { try await part.value }
        begun.record(true)
        await pair.stop()
    }

    @Test func `the server ends a stream at once with its reason`() async throws {
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { $0.abort(Abort(.notSent, .digestUnknown, retryAfterMilliseconds: 9)) }))
        let stream = try await pair.client.open(head: Array("{}".utf8))
        let expected = Abort(.notSent, .digestUnknown, retryAfterMilliseconds: 9)
        await #expect(throws: RPCError.aborted(expected)) { try await stream.receive() }
        await #expect(throws: RPCError.aborted(expected)) { try await stream.send([1, 2, 3]) }
        #expect(RPCError.aborted(expected).isCertainlyNotSent)
        await pair.stop()
    }

    @Test func `letting go of a stream tells the other side`() async throws {
        let reasons = Recorder<RPCError?>()
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { stream in
                do throws(RPCError) {
                    while try await stream.receive() != .end {}
                    reasons.record(nil)
                } catch { reasons.record(error) }
            }))
        do { _ = try await pair.client.open(head: Array("{}".utf8)) }
        await reasons.wait(for: 1)
        #expect(reasons.values == [.aborted(Abort(.cancelled))])
        await pair.stop()
    }

    @Test func `at the limit a stream waits for room, and not for long`() async throws {
        let pair = try await Pair(limit: 2, Self.echo)
        let first = try await pair.client.open(head: Array("{}".utf8))
        let second = try await pair.client.open(head: Array("{}".utf8))
        await #expect(throws: RPCError.busy) { try await pair.client.open(head: Array("{}".utf8)) }
        async let third = openWhenThereIsRoom(pair.client)
        await first.finish()
        _ = try await first.collect()
        #expect(try await third.collect().head == Array("{3}".utf8))
        second.abort(Abort(.cancelled))
        await pair.stop()
    }

    /// Patience is short, and a busy machine slow.
    private func openWhenThereIsRoom(_ client: RPCClient<EdgeWorker>) async throws -> RPCStream {
        while true {
            do throws(RPCError) {
                return try await client.open(head: Array("{3}".utf8), end: true)
            } catch { try #require(error == .busy) }
        }
    }

    @Test func `a lost connection says whether the head had left`() async throws {
        let arrived = Recorder<Int>()
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { stream in
                arrived.record(1)
                _ = try? await stream.receive()
                _ = try? await stream.receive()
            }))
        let stream = try await pair.client.open(head: Array("{}".utf8))
        await arrived.wait(for: 1)
        await pair.server.drain(within: .zero)
        await #expect(throws: RPCError.lost(headLeft: true)) { try await stream.receive() }
        await #expect(throws: RPCError.notConnected) { try await pair.client.open(head: Array("{}".utf8)) }
        await pair.stop()
    }
}

import Bytes
import Glibc
import Messages
import Platform
import Synchronization
import Testing

@testable import RPC

/// Several clients of one server, of which some ask for more than their share.
@Suite(.timeLimit(.minutes(1))) struct FairnessTests {
    /// Calls that are held until they are let go, and the most of them at once.
    private final class Gate: Sendable {
        private let state = Mutex((isOpen: false, now: 0, most: 0))
        let begun = Recorder<ByteString>()

        var most: Int { state.withLock { $0.most } }
        func open() { state.withLock { $0.isOpen = true } }

        func serve(_ call: RPCCall<WorkerBroker>) async {
            guard case .tokenRedeem(let redeem) = call.request else { return }
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            begun.record(redeem.pass.text)
            while !state.withLock({ $0.isOpen }) { await Task.yield() }
            state.withLock { $0.now -= 1 }
            call.reply(.token(token(for: redeem.pass)))
        }
    }

    private func client(_ pair: Pair<WorkerBroker>) async -> RPCClient<WorkerBroker> {
        let events = Recorder<RPCClientEvent<BrokerEvent>>()
        let client = RPCClient<WorkerBroker>(
            pair.clientThread.loop, path: pair.directory.socket, server: geteuid(), build: "other", told: events.record)
        Task(executorPreference: pair.clientThread.loop) { await client.run() }
        await events.wait(for: 1)
        return client
    }

    @Test func `one that asks for all there is leaves the others their share, and waits for the rest`() async throws {
        let gate = Gate()
        let pair = try await Pair(limit: 8, Answering<WorkerBroker>(call: { await gate.serve($0) }))
        let others = [await client(pair), await client(pair), await client(pair)]
        let answers = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            func ask(_ client: RPCClient<WorkerBroker>, _ numbers: Range<Int>) {
                for number in numbers {
                    group.addTask { try await client.call(TokenRedeem(pass: pass(number))).accessToken.reveal() }
                }
            }
            ask(pair.client, 0..<8)
            await gate.begun.wait(for: 8)
            for (index, other) in others.enumerated() { ask(other, (100 * (index + 1))..<(100 * (index + 1) + 8)) }
            // Of four clients each has a quarter, whatever the first one has taken before.
            await gate.begun.wait(for: 8 + 3 * 2)
            gate.open()
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(answers.count == 32)
        #expect(gate.most == 8 + 3 * 2)
        for other in others { await other.close() }
        await pair.stop()
    }

    @Test func `streams beyond the share of a client are declined, so that they can go elsewhere`() async throws {
        let isOpen = Atomic<Bool>(false)
        let begun = Recorder<Int>()
        let handler = Answering<EdgeWorker>(stream: { stream in
            guard case .head? = try? await stream.receive() else { return }
            begun.record(1)
            while !isOpen.load(ordering: .relaxed) { await Task.yield() }
            try? await stream.send(head: Array("{}".utf8), end: true)
        })
        let pair = try await Pair(limit: 8, handler)
        let events = Recorder<RPCClientEvent<Nothing>>()
        let other = RPCClient<EdgeWorker>(
            pair.clientThread.loop, path: pair.directory.socket, server: geteuid(), build: "other", told: events.record)
        Task(executorPreference: pair.clientThread.loop) { await other.run() }
        await events.wait(for: 1)
        var kept: [RPCStream] = []
        for _ in 0..<8 { kept.append(try await pair.client.open(head: Array("{}".utf8), end: true)) }
        await begun.wait(for: 8)
        for _ in 0..<4 { kept.append(try await other.open(head: Array("{}".utf8), end: true)) }
        await begun.wait(for: 12)
        let declined = try await other.open(head: Array("{}".utf8), end: true)
        await #expect(throws: RPCError.aborted(Abort(.notSent, .busy))) { try await declined.receive() }
        isOpen.store(true, ordering: .relaxed)
        for stream in kept { _ = try await stream.collect() }
        await other.close()
        await pair.stop()
    }
}

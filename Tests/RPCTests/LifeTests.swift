import Bytes
import Glibc
import Platform
import Testing

@testable import Messages
@testable import RPC

@Suite(.timeLimit(.minutes(1))) struct LifeTests {
    /// What a drained link has to say while its last octets are on their way is said, too.
    @Test func `a server that drains finishes the answers that begin late`() async throws {
        let (early, late) = (20, 32)
        let released = Recorder<Bool>()
        let directory = try Directory()
        let thread = try LoopThread()
        let server = RPCServer(
            thread.loop, allowed: [geteuid()], build: "x",
            handler: Answering<EdgeWorker>(stream: { stream in
                guard case .head(let head) = try? await stream.receive() else { return }
                if head == Array("{late}".utf8) { await released.wait(for: 1) }
                try? await stream.send(head: head)
                try? await stream.send([UInt8](repeating: 1, count: 32 << 10), end: true)
            }))
        try await server.listen(directory.socket)
        let peer = try RawPeer(directory.socket)
        try peer.hello(.edge)
        _ = peer.read(through: "\"id\":0")
        for number in 1...early + late {
            let head = Array((number <= early ? "{early}" : "{late}").utf8)
            peer.send(Frame(.head, stream: UInt32(number), payload: head, flags: [.end, .wide]))
        }
        let drained = Task(executorPreference: thread.loop) { await server.drain(within: .seconds(20)) }
        while await !server.isAnyLinkDraining { await Task.yield() }
        peer.skip(300_000)
        released.record(true)
        let rest = await peer.readToEnd(beside: thread.loop)
        #expect(300_000 + rest.count > (early + late) * (32 << 10))
        await drained.value
        thread.stopAndJoin()
    }

    private func server(_ loop: Loop) -> RPCServer<Answering<WorkerBroker>> {
        RPCServer(loop, allowed: [geteuid()], build: "x", handler: redeeming)
    }

    @Test(arguments: [0o770, 0o707, 0o2770] as [mode_t])
    func `a directory where others can write is refused`(_ mode: mode_t) async throws {
        let directory = try Directory(mode: mode)
        #expect(await refusal(directory.socket) == .writableByOthers)
    }

    @Test(arguments: [0o700, 0o750, 0o2750] as [mode_t])
    func `in a directory of its own the socket has mode 0660`(_ mode: mode_t) async throws {
        let directory = try Directory(mode: mode)
        #expect(await refusal(directory.socket) == nil)
        var status = stat()
        #expect(unsafe lstat(directory.socket, &status) == 0)
        #expect(status.st_mode == S_IFSOCK | 0o660)
    }

    @Test func `what is no socket of ours stays and is refused`() async throws {
        let directory = try Directory()
        let file = directory.path + "/file"
        close(unsafe open(file, O_CREAT | O_WRONLY, 0o600))
        #expect(await refusal(file) == .notASocket)
        #expect(unsafe symlink(file, directory.path + "/link") == 0)
        #expect(await refusal(directory.path + "/link") == .notASocket)
        #expect(await refusal(directory.path + "/link/s") == .noDirectory)
        #expect(await refusal(directory.path + "/none/s") == .noDirectory)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a directory away"))
    func `what belongs to someone else is refused`() async throws {
        let directory = try Directory()
        #expect(unsafe chown(directory.path, 12345, 12345) == 0)
        #expect(await refusal(directory.socket) == .foreignOwner)
    }

    @Test func `a drained server that is let go leaves no timer behind`() async throws {
        let directory = try Directory()
        let thread = try LoopThread()
        defer { thread.stopAndJoin() }
        var server: RPCServer<Answering<WorkerBroker>>? = server(thread.loop)
        weak let gone = server
        try await server?.listen(directory.socket)
        await server?.drain(within: .milliseconds(10))
        server = nil
        // The limit passes.
        await Task(executorPreference: thread.loop) { await thread.loop.sleep(.milliseconds(50)) }.value
        #expect(gone == nil)
    }

    private func refusal(_ path: String) async -> SocketPathError.Kind? {
        guard let thread = try? LoopThread() else { return nil }
        defer { thread.stopAndJoin() }
        let server = server(thread.loop)
        do throws(SocketPathError) {
            try await server.listen(path)
            await server.drain(within: .zero)
            return nil
        } catch { return error.kind }
    }

    @Test func `a new server takes the place of the old, which finishes what it has begun`() async throws {
        let isAsked = Recorder<Int>()
        let pair = try await Pair(
            Answering<WorkerBroker>(call: { call in
                isAsked.record(1)
                await call.link.loop.sleep(.milliseconds(200))
                guard case .tokenRedeem(let redeem) = call.request else { return }
                call.reply(.token(token(for: redeem.pass)))
            }))
        async let slow = pair.client.call(TokenRedeem(pass: pass(1)))
        await isAsked.wait(for: 1)
        let successor = server(pair.serverThread.loop)
        try await successor.listen(pair.directory.socket)
        await pair.server.drain(within: .seconds(20))
        #expect(try await slow == token(for: pass(1)))
        await pair.connected(2)
        #expect(try await pair.client.call(TokenRedeem(pass: pass(2))) == token(for: pass(2)))
        await successor.drain(within: .zero)
        await pair.stop()
    }

    @Test func `a client comes back when its server does`() async throws {
        let pair = try await Pair(redeeming)
        await pair.server.drain(within: .zero)
        let successor = server(pair.serverThread.loop)
        try await successor.listen(pair.directory.socket)
        await pair.connected(2)
        #expect(try await pair.client.call(TokenRedeem(pass: pass(2))) == token(for: pass(2)))
        #expect(await pair.client.epoch >= 2)
        await successor.drain(within: .zero)
        await pair.stop()
    }

    @Test func `when the stream numbers are used up, the client connects anew`() async throws {
        let pair = try await Pair(StreamTests.echo)
        let last = try await pair.client.open(head: Array("{}".utf8))
        await pair.client.useUpNumbers()
        // It may come before the new connection does, and then fail: patience is short, and a busy machine slow.
        _ = try? await pair.client.open(head: Array("{}".utf8), end: true)
        await pair.connected(2)
        let next = try await pair.client.open(head: Array("{2}".utf8), end: true)
        #expect(try await next.collect().head == Array("{2}".utf8))
        #expect(await pair.client.epoch == 2)
        try await last.send([1], end: true)
        #expect(try await last.collect().body == [1])
        await pair.stop()
    }

    @Test func `a stream that crosses the server's goodbye is told that nothing was sent, not cut off`() async throws {
        let directory = try Directory()
        let thread = try LoopThread()
        let server = RPCServer(thread.loop, allowed: [geteuid()], build: "x", handler: StreamTests.echo)
        try await server.listen(directory.socket)
        let peer = try RawPeer(directory.socket)
        try peer.hello(.edge)
        _ = peer.read(through: "\"result\"")
        async let drained: Void = server.drain(within: .seconds(20))
        _ = peer.read(through: "\"drain\"")
        peer.send(Frame(.head, stream: 1, payload: Array("{}".utf8), flags: .end))
        #expect(peer.read(through: "draining").contains("not_sent"))
        // It need not be waited for who stays without a reason.
        _ = await peer.readToEnd(beside: thread.loop)
        await drained
        thread.stopAndJoin()
    }

    @Test func `streams begun while a server drains are told that nothing was sent`() async throws {
        let pair = try await Pair(StreamTests.echo)
        let first = try await pair.client.open(head: Array("{}".utf8))
        _ = try await first.receive()
        let server = pair.server
        async let drained: Void = server.drain(within: .seconds(20))
        await pair.clientEvents.wait { $0.contains(.disconnected(.closedByPeer)) }
        await #expect(throws: RPCError.notConnected) { try await pair.client.open(head: Array("{}".utf8)) }
        try await first.send([1, 2, 3], end: true)
        #expect(try await first.collect().body == [1, 2, 3])
        await drained
        await pair.stop()
    }
}

extension SocketPathError {
    enum Kind { case noDirectory, foreignOwner, writableByOthers, notASocket, system }

    var kind: Kind {
        switch self {
        case .noDirectory: .noDirectory
        case .foreignOwner: .foreignOwner
        case .writableByOthers: .writableByOthers
        case .notASocket: .notASocket
        case .system: .system
        }
    }
}

extension RPCClient {
    /// An actor's, because its connection is used on the loop only.
    fileprivate func useUpNumbers() { current?.machine.highest = .max }
}

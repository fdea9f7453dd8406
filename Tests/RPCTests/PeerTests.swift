import Bytes
import Glibc
import JSON
import Messages
import Platform
import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(1))) struct PeerTests {
    /// What a server with an empty handler sends to a peer that says this, until it closes.
    private func answer(
        allowed: Set<UInt32> = [geteuid()], _ speak: @Sendable (RawPeer) throws -> Void
    ) async throws -> (bytes: [UInt8], events: [RPCServerEvent]) {
        let directory = try Directory()
        let thread = try LoopThread()
        let events = Recorder<RPCServerEvent>()
        let server = RPCServer(
            thread.loop, allowed: allowed, build: "x", handler: Answering<EdgeBroker>(), told: events.record)
        try await server.listen(directory.socket)
        let peer = try RawPeer(directory.socket)
        try speak(peer)
        let bytes = await peer.readToEnd(beside: thread.loop)
        await events.wait { $0.contains { if case .connected = $0 { false } else { true } } }
        await server.drain(within: .zero)
        thread.stopAndJoin()
        return (bytes, events.values)
    }

    @Test func `a uid that may not is turned away before a byte is read`() async throws {
        let answer = try await answer(allowed: [geteuid() &+ 1]) { try $0.hello(.edge) }
        #expect(answer.bytes.isEmpty)
        #expect(answer.events == [.refused(uid: geteuid())])
    }

    @Test func `a client goes away when someone else runs the server`() async throws {
        let directory = try Directory()
        let thread = try LoopThread()
        let server = RPCServer(thread.loop, allowed: [geteuid()], build: "x", handler: Answering<EdgeBroker>())
        try await server.listen(directory.socket)
        let events = Recorder<RPCClientEvent<BrokerEvent>>()
        let client = RPCClient<EdgeBroker>(
            thread.loop, path: directory.socket, server: geteuid() &+ 1, build: "x", told: events.record)
        Task(executorPreference: thread.loop) { await client.run() }
        await events.wait(for: 2)
        #expect(
            events.values.prefix(2) == [
                .connectFailed(.foreignPeer(uid: geteuid())), .connectFailed(.foreignPeer(uid: geteuid())),
            ])
        await client.close()
        await server.drain(within: .zero)
        thread.stopAndJoin()
    }

    @Test(
        arguments: [
            // Silence, and half of a frame: patience ends.
            ([], .timedOut),
            ([0, 0, 0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0x7B], .timedOut),
            // A body before the hello.
            ([0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 1, 0], .protocolFault(.outOfOrder)),
            ([0, 0, 0, 2, 9, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .protocolFault(.unknownKind)),
            ([0, 0x10, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], .protocolFault(.badLength)),
            ([0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .messageFault(MessageError(.missingMember, "jsonrpc"))),
            ([0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7B], .messageFault(MessageError(.malformed))),
        ] as [([UInt8], RPCFault)])
    func `a peer that does not say hello as it should loses its connection`(_ bytes: [UInt8], _ fault: RPCFault)
        async throws
    {
        let answer = try await answer { $0.send(bytes) }
        #expect(answer.bytes.isEmpty)
        #expect(answer.events == [.disconnected(nil, fault)])
    }

    @Test func `another version or service is refused in words`() async throws {
        let ours = try await answer { peer in try peer.hello(.worker) }
        #expect(ByteString(ours.bytes).text.contains("version_unsupported"))
        let other = Hello(service: .edge, build: "x", lowest: 7, highest: 9)
        let newer = try await answer { peer in
            let payload = Envelope.call(id: 0, method: "hello", parameters: try other.json()).encoded()
            peer.send(Frame(.message, stream: 0, payload: payload))
        }
        #expect(ByteString(newer.bytes).text.contains("version_unsupported"))
    }

    @Test(arguments: [
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"token.redeem\",\"params\":{}}",
            MessageError(.unknownMethod, "token.redeem")
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.end\",\"params\":{}}",
            MessageError(.missingMember, "handle")
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.end\",\"params\":[]}",
            MessageError(.invalidMember, "params")
        ),
        ("{\"jsonrpc\":\"2.0\",\"method\":\"heartbeat\",\"params\":{}}", MessageError(.malformed)),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1,\"method\":\"x\",\"params\":{}}", MessageError(.malformed)),
    ])
    func `what the socket does not offer closes the connection`(_ text: String, _ error: MessageError) async throws {
        let answer = try await answer { peer in
            try peer.hello(.edge)
            peer.send(Frame(.message, stream: 0, payload: Array(text.utf8)))
        }
        #expect(
            answer.events.last.map { if case .disconnected(.some, .messageFault(error)) = $0 { true } else { false } }
                == true)
    }

    @Test(arguments: [
        // Beyond the small window.
        (
            [
                Frame(.head, stream: 1, payload: [1, 2]),
                Frame(.body, stream: 1, payload: [UInt8](repeating: 0, count: 16384)),
                Frame(.body, stream: 1, payload: [0]),
            ], FrameFault.creditExceeded
        ),
        ([Frame(.body, stream: 1, payload: [0])], .wrongStream),
        ([Frame(.head, stream: 2, payload: [1, 2])], .wrongStream),
        ([Frame(.head, stream: 1, payload: [1, 2]), Frame(.head, stream: 1, payload: [1, 2])], .outOfOrder),
        ([Frame(.head, stream: 1, payload: [1, 2], flags: .end), Frame(.body, stream: 1, payload: [1])], .outOfOrder),
        (
            [Frame(.head, stream: 1, payload: [1, 2]), Frame(.abort, stream: 1, payload: [0x7B, 0x7D])], .malformedAbort
        ),
        (
            [Frame(.head, stream: 1, payload: [1, 2]), Frame(.credit, stream: 1, payload: [0xFF, 0, 0, 0])],
            .creditExceeded
        ),
        (
            [Frame(.head, stream: 1, payload: [1, 2]), Frame(.credit, stream: 1, payload: [0, 0, 0, 0])],
            .creditExceeded
        ),
    ])
    func `frames against the rules close the connection`(_ frames: [Frame], _ fault: FrameFault) async throws {
        let directory = try Directory()
        let thread = try LoopThread()
        let events = Recorder<RPCServerEvent>()
        let server = RPCServer(
            thread.loop, allowed: [geteuid()], build: "x",
            handler: Answering<EdgeWorker>(stream: { stream in await stream.loopForTests.sleep(.seconds(60)) }),
            told: events.record)
        try await server.listen(directory.socket)
        let peer = try RawPeer(directory.socket)
        try peer.hello(.edge)
        for frame in frames { peer.send(frame) }
        await events.wait(for: 2)
        #expect(
            events.values.last.map { if case .disconnected(.some, .protocolFault(fault)) = $0 { true } else { false } }
                == true)
        await server.drain(within: .zero)
        thread.stopAndJoin()
    }
}

extension RPCStream {
    /// The loop of its connection.
    var loopForTests: Loop { link.loop }
}

import Bytes
import Glibc
import JSON
import Messages
import Platform
import Synchronization
import Testing

@testable import RPC

/// A directory of our own for sockets, with a short path; removed when the last owner lets go.
final class Directory: Sendable {
    let path: String

    init(mode: mode_t = 0o700) throws {
        var template = Array("/tmp/rpc-XXXXXX".utf8CString)
        try #require(unsafe mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #expect(unsafe chmod(path, mode) == 0)
    }

    deinit {
        for name in ["s", "link", "file"] { _ = unsafe unlink(path + "/" + name) }
        _ = unsafe rmdir(path)
    }

    var socket: String { path + "/s" }
}

/// Values that other threads add and a test waits for.
final class Recorder<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var waiters: [(isThere: @Sendable ([Value]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    var values: [Value] { state.withLock { $0.values } }

    func record(_ value: Value) {
        let ready = state.withLock { state in
            state.values.append(value)
            let values = state.values
            let ready = state.waiters.filter { $0.isThere(values) }
            state.waiters.removeAll { $0.isThere(values) }
            return ready.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Returns once the values satisfy the condition.
    func wait(_ isThere: @escaping @Sendable ([Value]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if isThere(state.values) { return true }
                state.waiters.append((isThere, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    func wait(for count: Int) async { await wait { $0.count >= count } }
}

/// Closures as a handler.
struct Answering<Socket: MessageSocket>: RPCHandler {
    var call: @Sendable (RPCCall<Socket>) async -> Void = { _ in }
    var stream: @Sendable (RPCStream) async -> Void = { _ in }

    func handle(_ call: RPCCall<Socket>) async { await self.call(call) }
    func handle(_ stream: RPCStream, from peer: RPCPeer) async { await self.stream(stream) }
}

/// A server on one loop and a client on another.
final class Pair<Socket: MessageSocket>: Sendable {
    let directory: Directory
    let serverThread: LoopThread
    let clientThread: LoopThread
    let server: RPCServer<Answering<Socket>>
    let client: RPCClient<Socket>
    let serverEvents = Recorder<RPCServerEvent>()
    let clientEvents = Recorder<RPCClientEvent<Socket.Event>>()

    init(limit: Int = 1024, _ handler: Answering<Socket>) async throws {
        directory = try Directory()
        serverThread = try LoopThread()
        clientThread = try LoopThread()
        server = RPCServer(
            serverThread.loop, allowed: [geteuid()], build: "server", limit: limit, handler: handler,
            told: serverEvents.record)
        client = RPCClient(
            clientThread.loop, path: directory.socket, server: geteuid(), build: "client", told: clientEvents.record)
        try await server.listen(directory.socket)
        let client = client
        Task(executorPreference: clientThread.loop) { await client.run() }
        await connected(1)
    }

    func connected(_ times: Int) async {
        await clientEvents.wait { $0.count { if case .connected = $0 { true } else { false } } >= times }
    }

    func stop() async {
        await client.close()
        await server.drain(within: .zero)
        clientThread.stopAndJoin()
        serverThread.stopAndJoin()
    }
}

extension RPCServer {
    var isAnyLinkDraining: Bool { links.values.contains { $0.link.isDraining } }
}

/// Connects as anyone might, and speaks bytes.
final class RawPeer: Sendable {
    private let descriptor: FileDescriptor

    init(_ path: String) throws {
        descriptor = try Sockets.connect(.unix(path))
        _ = fcntl(descriptor.rawValue, F_SETFL, fcntl(descriptor.rawValue, F_GETFL) & ~O_NONBLOCK)
    }

    func send(_ bytes: [UInt8]) { _ = unsafe Glibc.send(descriptor.rawValue, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    func send(_ frame: Frame) {
        var bytes: [UInt8] = []
        frame.append(to: &bytes)
        send(bytes)
    }

    func hello(_ service: ServiceName) throws {
        let parameters = try Hello(service: service, build: "raw").json()
        send(
            Frame(.message, stream: 0, payload: Envelope.call(id: 0, method: "hello", parameters: parameters).encoded())
        )
    }

    /// What comes until it contains this text, or the other side closes; blocks.
    func read(through marker: String) -> String {
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 65536)
        while !text.contains(marker) {
            let count = unsafe recv(descriptor.rawValue, &chunk, chunk.count, 0)
            guard count > 0 else { return text }
            text += String(decoding: chunk.prefix(count), as: UTF8.self)
        }
        return text
    }

    /// Reads and forgets so many octets; blocks.
    func skip(_ count: Int) {
        var chunk = [UInt8](repeating: 0, count: 4096)
        var left = count
        while left > 0 {
            let taken = unsafe recv(descriptor.rawValue, &chunk, min(left, chunk.count), 0)
            guard taken > 0 else { return }
            left -= taken
        }
    }

    /// What comes until the other side closes, while the loop turns.
    func readToEnd(beside loop: Loop) async -> [UInt8] {
        await Task(executorPreference: loop) { await loop.offload { self.readToEnd() } }.value
    }

    /// What comes until the other side closes; blocks.
    private func readToEnd() -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe recv(descriptor.rawValue, &chunk, chunk.count, 0)
            guard count > 0 else { return all }
            all += chunk.prefix(count)
        }
    }
}

extension RPCStream {
    /// The whole of what comes.
    func collect() async throws(RPCError) -> (head: [UInt8], body: [UInt8]) {
        var head: [UInt8] = []
        var body: [UInt8] = []
        while true {
            switch try await receive() {
            case .head(let bytes): head = bytes
            case .body(let bytes): body += bytes
            case .end: return (head, body)
            }
        }
    }
}

package import Bytes
package import HTTPClient
package import Platform

/// Runs `body` on a loop of its own thread.
package func onLoop<Result: Sendable>(
    _ body: @escaping @Sendable (Loop) async throws -> Result
) async throws -> Result {
    let thread = try LoopThread()
    let loop = thread.loop
    let task = Task(executorPreference: loop) { try await body(loop) }
    let result = await task.result
    thread.stopAndJoin()
    return try result.get()
}

/// A TCP server on a loopback port: every connection is served by a script that says exactly which octets go out.
/// The loop is the client's, so nothing in here waits for a thread.
package final class ScriptedServer {
    package typealias Script = (Peer) async throws -> Void

    package let loop: Loop
    package private(set) var connections: [Peer] = []
    private var acceptor: Acceptor?
    private let script: Script

    package init(_ loop: Loop, _ script: @escaping Script) throws {
        self.loop = loop
        self.script = script
        let listener = try Sockets.listen(.v4([127, 0, 0, 1], port: 0))
        acceptor = try Acceptor(loop, listener: listener) { [unowned self] in self.accept($0) }
    }

    package var port: UInt16 {
        if case .v4(_, let port) = acceptor?.localAddress { port } else { 0 }
    }

    package var origin: Origin {
        get throws(StreamError) {
            guard let origin = Origin(scheme: .http, host: "127.0.0.1", port: port) else { throw .closed }
            return origin
        }
    }

    /// All octets that any client has sent, per connection.
    package var received: [ByteString] { connections.map { ByteString($0.received) } }

    package func close() { acceptor?.close() }

    private func accept(_ descriptor: consuming FileDescriptor) {
        guard let stream = try? SocketStream(loop, adopting: descriptor) else { return }
        let peer = Peer(stream, number: connections.count)
        connections.append(peer)
        nonisolated(unsafe) let script = script
        nonisolated(unsafe) let served = peer
        Task(executorPreference: loop) { try? unsafe await script(served) }
    }
}

/// The server's side of one connection.
package final class Peer {
    package let stream: SocketStream
    /// Which connection this is, from 0.
    package let number: Int
    package private(set) var received: [UInt8] = []
    package private(set) var sawEnd = false
    private var buffer = ByteBuffer()

    init(_ stream: SocketStream, number: Int) {
        self.stream = stream
        self.number = number
    }

    /// Waits for a whole request head and returns it.
    package func head() async throws -> ByteString {
        let end = Array("\r\n\r\n".utf8)
        var taken: [UInt8] = []
        while !taken.suffix(4).elementsEqual(end) { taken += try await take(1) }
        return ByteString(taken)
    }

    /// Waits for exactly so many octets.
    package func take(_ count: Int) async throws -> [UInt8] {
        while buffer.count < count {
            if try await read() == 0 { throw StreamError.closed }
        }
        return buffer.take(count)
    }

    /// Reads until the client ends its side, and returns how many octets came.
    @discardableResult
    package func readToEnd() async throws -> Int {
        var count = buffer.count
        buffer.consume(buffer.count)
        while true {
            let more = try await read()
            if more == 0 { return count }
            buffer.consume(buffer.count)
            count += more
        }
    }

    private func read() async throws -> Int {
        let before = buffer.count
        let count = try await stream.read(into: &buffer)
        if count == 0 { sawEnd = true }
        if received.count < 1 << 20 { received += buffer.readable.dropFirst(before) }
        return count
    }

    package func send(_ text: String) { stream.write(Array(text.utf8)) }

    /// Sends what was written and ends this side.
    package func finish() { stream.closeWriting() }
}

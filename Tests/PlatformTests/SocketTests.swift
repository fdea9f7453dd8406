import Bytes
import Glibc
import Testing

@testable import Platform

/// Runs `body` on a loop of its own thread.
func onLoop<Result: Sendable>(
    _ body: @escaping @Sendable (Loop) async throws -> Result
) async throws -> Result {
    let thread = try LoopThread()
    let loop = thread.loop
    let task = Task(executorPreference: loop) { try await body(loop) }
    let result = await task.result
    thread.stopAndJoin()
    return try result.get()
}

/// Two connected streams.
func streamPair(_ loop: Loop) throws -> (SocketStream, SocketStream) {
    var pair: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try #require(unsafe socketpair(AF_UNIX, type, 0, &pair) == 0)
    return (
        try SocketStream(loop, adopting: FileDescriptor(adopting: pair[0])),
        try SocketStream(loop, adopting: FileDescriptor(adopting: pair[1]))
    )
}

@Suite struct SocketTests {
    @Test func `ten megabytes arrive in order through a slow reader, and the end of stream after them`() async throws {
        try await onLoop { loop in
            let (writer, reader) = try streamPair(loop)
            let chunk = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            nonisolated(unsafe) let output = writer
            let sending = Task(executorPreference: loop) {
                for _ in 0..<200 {
                    unsafe output.write(chunk)
                    try unsafe await output.drain(below: 100_000)
                }
                unsafe output.closeWriting()
            }
            var received = 0
            var wrong = 0
            var buffer = ByteBuffer()
            while try await reader.read(into: &buffer, upTo: 7000) > 0 {
                for byte in buffer.readable {
                    if byte != chunk[received % chunk.count] { wrong += 1 }
                    received += 1
                }
                buffer.consume(buffer.count)
            }
            try await sending.value
            #expect(received == 10_000_000)
            #expect(wrong == 0)
        }
    }

    @Test func `a read that waits too long fails and closes`() async throws {
        try await onLoop { loop in
            let (stream, peer) = try streamPair(loop)
            stream.readDeadline = loop.now + .milliseconds(30)
            var buffer = ByteBuffer()
            await #expect(throws: StreamError.timedOut) { _ = try await stream.read(into: &buffer) }
            #expect(stream.isClosed)
            var other = ByteBuffer()
            #expect(try await peer.read(into: &other) == 0)
        }
    }

    @Test func `a peer that does not read makes the writer fail after its timeout`() async throws {
        try await onLoop { loop in
            let (stream, peer) = try streamPair(loop)
            stream.writeTimeout = .milliseconds(30)
            stream.write([UInt8](repeating: 1, count: 4_000_000))
            await #expect(throws: StreamError.timedOut) { try await stream.drain() }
            peer.close()
        }
    }

    @Test func `adding to what a peer does not read is no progress`() async throws {
        try await onLoop { loop in
            let (stream, peer) = try streamPair(loop)
            stream.writeTimeout = .milliseconds(100)
            stream.write([UInt8](repeating: 1, count: 4_000_000))
            let end = loop.now + .seconds(20)
            while !stream.isClosed, loop.now < end {
                stream.write([1])
                await loop.nextTurn()
            }
            #expect(stream.isClosed)
            peer.close()
        }
    }

    @Test func `a peer that does not read is cut, so that the kernel holds nothing for it`() async throws {
        try await onLoop { loop in
            let listener = try Sockets.listen(try #require(SocketAddress("127.0.0.1:0")))
            let address = try #require(Sockets.localAddress(listener.rawValue))
            let peer = try SocketStream(loop, adopting: Sockets.connect(address))
            let accepted = FileDescriptor(adopting: accept(listener.rawValue, nil, nil))
            try #require(fcntl(accepted.rawValue, F_SETFL, O_NONBLOCK) == 0)
            let stream = try SocketStream(loop, adopting: accepted)
            stream.writeTimeout = .milliseconds(30)
            stream.write([UInt8](repeating: 1, count: 20_000_000))
            await #expect(throws: StreamError.timedOut) { try await stream.drain() }
            var received = ByteBuffer()
            await #expect(throws: StreamError.self) { while try await peer.read(into: &received) > 0 {} }
        }
    }

    @Test func `a peer that goes away is told of while nothing is read`() async throws {
        try await onLoop { loop in
            let (stream, peer) = try streamPair(loop)
            nonisolated(unsafe) var told = 0
            stream.onPeerClosed = { unsafe told += 1 }
            peer.close()
            while unsafe told == 0 { await loop.sleep(.zero) }
            #expect(unsafe told == 1)
        }
    }

    @Test func `a unix listener knows its peer and has mode 0660`() async throws {
        try await onLoop { loop in
            let path = "/tmp/cloakroom-\(getpid())-\(loop.now.nanoseconds).sock"
            defer { unsafe unlink(path) }
            let listener = try Sockets.listenUnix(path)
            var status = stat()
            #expect(unsafe stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
            nonisolated(unsafe) var peers: [PeerCredentials] = []
            let acceptor = try Acceptor(loop, listener: listener) { socket in
                if let peer = try? Sockets.peerCredentials(socket.rawValue) { unsafe peers.append(peer) }
            }
            let client = try SocketStream(loop, adopting: try Sockets.connect(.unix(path)))
            var buffer = ByteBuffer()
            #expect(try await client.read(into: &buffer) == 0)
            #expect(unsafe peers == [ProcessHardening.identity])
            acceptor.close()
        }
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080"), ("localhost:1", "127.0.0.1:1"), ("[::1]:443", "[::1]:443"),
        ("*:65535", "0.0.0.0:65535"),
    ])
    func `addresses are parsed`(text: String, canonical: String) {
        #expect(SocketAddress(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "8080", "1.2.3:80", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:+1", "example.org:80", "::1:80", "[::1]",
    ])
    func `what is no numeric address is refused`(text: String) {
        #expect(SocketAddress(text) == nil)
    }
}

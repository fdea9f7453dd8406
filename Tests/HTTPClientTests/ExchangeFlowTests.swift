import Bytes
import HTTP
import Platform
import ScriptedServer
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct ExchangeFlowTests {
    static let short = ExchangeDeadlines(
        connect: .milliseconds(100), firstByte: .milliseconds(100), idle: .milliseconds(100))

    private func upload(_ server: ScriptedServer, _ framing: BodyFraming) throws -> ClientRequest {
        ClientRequest(.put, try server.origin, try RequestTarget("/"), framing: framing)
    }

    // MARK: Deadlines

    @Test func `a response that does not begin in time fails`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in _ = try await peer.readToEnd() }
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await HTTPClient(loop).get(server, Self.short)
            }
            #expect(error == HTTPClientError(.response, .timedOut, sent: true, "timedOut"))
        }
    }

    @Test func `waiting for a connection counts against the time in all, and nothing is sent after it`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.readToEnd()
            }
            var configuration = HTTPClientConfiguration()
            configuration.connectionsPerOrigin = 1
            let client = try HTTPClient(loop, configuration)
            let target = try RequestTarget("/")
            let first = try await client.send(ClientRequest(.get, try server.origin, target))
            let release = Deadline(loop) { first.cancel() }
            release.arm(after: .milliseconds(50))
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await client.send(
                    ClientRequest(.get, try server.origin, target), ExchangeDeadlines(total: .milliseconds(20)))
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.sent == false)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nX: ", "a", "\r\n"), ("", "HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 200 OK\r\n"),
    ])
    func `a head that drips is too late, and so is one behind dripping interim responses`(
        first: String, piece: String, last: String
    ) async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send(first)
                // Each pause is well within the limit that all of them together exceed.
                for _ in 0..<12 {
                    peer.send(piece)
                    await peer.stream.loop.sleep(.milliseconds(30))
                }
                peer.send(last + "Content-Length: 0\r\n\r\n")
            }
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await HTTPClient(loop).get(server, Self.short)
            }
            #expect(error?.kind == .timedOut)
        }
    }

    @Test func `a reader that takes its time is not taken for a peer that pauses`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
                // So that the reader waits, with its limit running, before there is something to read.
                await peer.stream.loop.sleep(.milliseconds(10))
                peer.send("ab")
                await peer.stream.loop.sleep(.milliseconds(500))
                peer.send("c")
                _ = try await peer.readToEnd()
            }
            let request = ClientRequest(.get, try server.origin, try RequestTarget("/"))
            let exchange = try await HTTPClient(loop).send(request, ExchangeDeadlines(idle: .seconds(2)))
            _ = try await exchange.response()
            let piece = try await exchange.nextBody()
            await loop.sleep(.milliseconds(2200))
            #expect(piece.map { Array($0) } == Array("ab".utf8))
            #expect(try await exchange.nextBody().map { Array($0) } == Array("c".utf8))
        }
    }

    @Test func `a body that pauses for too long fails`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\n\r\npart")
                _ = try await peer.take(1)
            }
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await HTTPClient(loop).get(server, Self.short)
            }
            #expect(error?.phase == .body)
            #expect(error?.kind == .timedOut)
        }
    }

    @Test func `a server that drips for ever runs into the total deadline`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\n\r\n")
                while !peer.stream.isClosed {
                    peer.send(".")
                    await peer.stream.loop.sleep(.milliseconds(10))
                }
            }
            var deadlines = ExchangeDeadlines(idle: .seconds(60))
            deadlines.total = .milliseconds(100)
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await HTTPClient(loop).get(server, deadlines)
            }
            #expect(error?.kind == .timedOut)
        }
    }

    @Test func `a server that does not read an upload fails it`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in _ = try await peer.head() }
            let exchange = try await HTTPClient(loop).send(upload(server, .chunked), Self.short)
            let error = await #expect(throws: HTTPClientError.self) {
                while true { try await exchange.write([UInt8](repeating: 0, count: 65536)[...]) }
            }
            #expect(error?.phase == .send)
            #expect(error?.kind == .timedOut)
        }
    }

    @Test func `while the request is being written the response has all the time`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                _ = try await peer.take(2)
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
            let exchange = try await HTTPClient(loop).send(upload(server, .length(2)), Self.short)
            nonisolated(unsafe) let writer = exchange
            let writing = Task(executorPreference: loop) {
                try unsafe await writer.write([1])
                await loop.sleep(.milliseconds(250))
                try unsafe await writer.write([2])
                try unsafe writer.finish()
            }
            #expect(try await exchange.response().status == 200)
            #expect(try await exchange.collect() == "ok")
            try await writing.value
        }
    }

    @Test func `beyond the bound of an origin an exchange waits for a connection, but not for ever`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                while true {
                    _ = try await peer.head()
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(peer.number)")
                }
            }
            var configuration = HTTPClientConfiguration()
            configuration.connectionsPerOrigin = 1
            configuration.waitersPerOrigin = 1
            let client = try HTTPClient(loop, configuration)
            let first = try await client.send(ClientRequest(.get, try server.origin, try RequestTarget("/")))
            let error = await #expect(throws: HTTPClientError.self) { _ = try await client.get(server, Self.short) }
            #expect(error?.kind == .timedOut)
            #expect(error?.sent == false)
            nonisolated(unsafe) let other = client
            nonisolated(unsafe) let target = server
            let waiting = Task(executorPreference: loop) { try unsafe await other.get(target) }
            await loop.sleep(.zero)
            _ = try await first.response()
            #expect(try await first.collect() == "0")
            #expect(try await waiting.value == "0")
            #expect(server.connections.count == 1)
        }
    }

    // MARK: Early responses and cancelling

    @Test func `a refusal that comes before the upload is complete is heard`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
                try await peer.stream.drain()
                // Closing with octets unread resets the connection.
                while peer.received.count < 200_000 { _ = try await peer.take(1000) }
                peer.stream.close()
            }
            let client = try HTTPClient(loop)
            let exchange = try await client.send(upload(server, .length(100_000_000)))
            let error = await #expect(throws: HTTPClientError.self) {
                while true { try await exchange.write([UInt8](repeating: 0, count: 65536)[...]) }
            }
            #expect(error?.kind == .connectionClosed)
            #expect(try await exchange.response().status == 413)
            #expect(try await exchange.collect() == "no")
            let late = await #expect(throws: HTTPClientError.self) { try await exchange.write([1]) }
            #expect(late?.kind == .notWanted)
            #expect(client.idleConnections == 0)
        }
    }

    @Test func `cancelling closes the connection and wakes whoever waits`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in _ = try await peer.readToEnd() }
            let client = try HTTPClient(loop)
            let exchange = try await client.send(ClientRequest(.get, try server.origin, try RequestTarget("/")))
            nonisolated(unsafe) let waited = exchange
            let waiting = Task(executorPreference: loop) { try unsafe await waited.response() }
            await loop.sleep(.milliseconds(10))
            exchange.cancel()
            let error = await #expect(throws: HTTPClientError.self) { _ = try await waiting.value }
            #expect(error?.kind == .cancelled)
            while server.connections.first?.stream.isClosed == false, server.connections.first?.sawEnd == false {
                await loop.sleep(.zero)
            }
            #expect(client.idleConnections == 0)
        }
    }

    @Test func `an exchange that is let go closes its connection`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in _ = try await peer.readToEnd() }
            var configuration = HTTPClientConfiguration()
            configuration.connectionsPerOrigin = 1
            let client = try HTTPClient(loop, configuration)
            for _ in 0..<3 {
                _ = try await client.send(ClientRequest(.get, try server.origin, try RequestTarget("/")), Self.short)
            }
            while server.connections.count < 3 { await loop.sleep(.zero) }
        }
    }

    // MARK: Back-pressure

    @Test func `a response that nobody reads stays with the server`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
                peer.stream.write([UInt8](repeating: 7, count: 100_000_000))
            }
            let client = try HTTPClient(loop)
            let exchange = try await client.send(ClientRequest(.get, try server.origin, try RequestTarget("/")))
            _ = try await exchange.response()
            for _ in 0..<20 { await loop.sleep(.zero) }
            // The kernel's buffers hold a few megabytes; the rest has not left.
            #expect(try #require(server.connections.first).stream.unsent > 50_000_000)
            var count = 0
            while let piece = try await exchange.nextBody() { count += piece.count }
            #expect(count == 100_000_000)
            #expect(client.idleConnections == 1)
        }
    }

    @Test func `an upload waits for the server to read`() async throws {
        try await onLoop { loop in
            nonisolated(unsafe) var mayRead = false
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                while unsafe !mayRead { await peer.stream.loop.sleep(.zero) }
                for _ in 0..<1000 { _ = try await peer.take(65536) }
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
            let exchange = try await HTTPClient(loop).send(upload(server, .length(65_536_000)))
            nonisolated(unsafe) let writer = exchange
            nonisolated(unsafe) var written = 0
            let writing = Task(executorPreference: loop) {
                for _ in 0..<1000 {
                    try unsafe await writer.write([UInt8](repeating: 1, count: 65536)[...])
                    unsafe written += 1
                }
                try unsafe writer.finish()
            }
            for _ in 0..<200 { await loop.sleep(.zero) }
            #expect(unsafe written < 500)
            unsafe mayRead = true
            #expect(try await exchange.response().status == 200)
            try await writing.value
        }
    }
}

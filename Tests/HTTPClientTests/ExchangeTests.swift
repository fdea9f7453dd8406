import Bytes
import HTTP
import Platform
import ScriptedServer
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct ExchangeTests {
    @Test func `the request goes out as it was given, with Host and framing added`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi")
            }
            let client = try HTTPClient(loop)
            let request = ClientRequest(
                .post, try server.origin, try RequestTarget("/a;b/%41?c=%2F&d"),
                fields: fields(["accept": "*/*", "host": "evil", "connection": "close, x-y", "x-y": "1"]),
                framing: .length(3))
            let exchange = try await client.send(request)
            try await exchange.write([1, 2, 3][...])
            try exchange.finish()
            let head = try await exchange.response()
            #expect(head.status == 200)
            #expect(head.fields.value("x-a") == "b")
            #expect(try await exchange.collect() == "hi")
            let expected =
                "POST /a;b/%41?c=%2F&d HTTP/1.1\r\naccept: */*\r\nx-y: 1\r\nhost: 127.0.0.1:\(server.port)\r\n"
                + "content-length: 3\r\n\r\n\u{1}\u{2}\u{3}"
            #expect(server.received == [ByteString(expected)])
        }
    }

    @Test func `a chunked upload carries its pieces and the last chunk`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                _ = try await peer.take(24)
                peer.send("HTTP/1.1 204 No Content\r\n\r\n")
            }
            let client = try HTTPClient(loop)
            let exchange = try await client.send(
                ClientRequest(.put, try server.origin, try RequestTarget("/"), framing: .chunked))
            try await exchange.write(Array("hello".utf8)[...])
            try await exchange.write([])
            try await exchange.write(Array("world!!".utf8).dropLast(2))
            try exchange.finish()
            #expect(try await exchange.response().status == 204)
            #expect(try await exchange.nextBody() == nil)
            #expect(server.received.first?.hasSuffix("\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n") == true)
            #expect(client.idleConnections == 1)
        }
    }

    @Test func `a clean exchange gives its connection to the next one`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                for number in 0..<3 {
                    _ = try await peer.head()
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
                }
            }
            let client = try HTTPClient(loop)
            for number in 0..<3 {
                #expect(try await client.get(server) == ByteString("\(number)"))
                #expect(client.idleConnections == 1)
            }
            #expect(server.connections.count == 1)
        }
    }

    /// Answers after which a connection must not be used again, with the body that is told.
    static let unusableAfter: [(String, String)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", "a"),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "a"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naEXTRA", "a"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "a"),
        ("HTTP/1.1 204 No Content\r\n\r\nx", ""),
    ]

    @Test(arguments: unusableAfter)
    func `a connection is not used again`(after answer: String, body: String) async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send(peer.number == 0 ? answer : "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond")
            }
            let client = try HTTPClient(loop)
            #expect(try await client.get(server) == ByteString(body))
            #expect(client.idleConnections == 0)
            #expect(try await client.get(server) == "second")
            #expect(server.connections.count == 2)
        }
    }

    @Test func `octets that come unasked on an idle connection are never taken for an answer`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(peer.number)")
            }
            let client = try HTTPClient(loop)
            #expect(try await client.get(server) == "0")
            #expect(client.idleConnections == 1)
            let first = try #require(server.connections.first)
            first.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            try await first.stream.drain()
            // The octets are in this end's socket now; the loop has to hear of them.
            for _ in 0..<3 { await loop.sleep(.zero) }
            #expect(try await client.get(server) == "1")
        }
    }

    @Test func `an idle connection that the peer closes is forgotten`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(peer.number)")
                _ = try await peer.take(1)
            }
            let client = try HTTPClient(loop)
            #expect(try await client.get(server) == "0")
            #expect(client.idleConnections == 1)
            server.connections.first?.stream.close()
            while client.idleConnections > 0 { await loop.sleep(.zero) }
            #expect(try await client.get(server) == "1")
        }
    }

    @Test func `a kept connection that dies under a safe request without body is replaced once`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(peer.number)")
                _ = try await peer.head()
                peer.stream.close()
            }
            let client = try HTTPClient(loop)
            #expect(try await client.get(server) == "0")
            #expect(try await client.get(server) == "1")
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await client.fetch(
                    ClientRequest(.post, try server.origin, try RequestTarget("/")), limit: 10, .init())
            }
            #expect(error == HTTPClientError(.response, .connectionClosed, sent: true))
            #expect(server.connections.count == 2)
        }
    }

    @Test func `a connection that is new and dies is not replaced`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.stream.close()
            }
            let client = try HTTPClient(loop)
            let error = await #expect(throws: HTTPClientError.self) { _ = try await client.get(server) }
            #expect(error?.kind == .connectionClosed)
            #expect(error?.sent == true)
            #expect(server.connections.count == 1)
        }
    }

    @Test func `interim responses are skipped`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
                try await peer.stream.drain()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
            #expect(try await HTTPClient(loop).get(server) == "ok")
        }
    }

    @Test func `a response without length ends with the connection`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\n\r\nall of it")
                peer.finish()
            }
            let client = try HTTPClient(loop)
            #expect(try await client.get(server) == "all of it")
            #expect(client.idleConnections == 0)
        }
    }

    @Test func `HEAD has no body whatever its fields say`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            }
            let client = try HTTPClient(loop)
            let exchange = try await client.send(ClientRequest(.head, try server.origin, try RequestTarget("/")))
            #expect(try await exchange.response().fields.value("content-length") == "1000")
            #expect(try await exchange.nextBody() == nil)
            #expect(client.idleConnections == 1)
        }
    }
}

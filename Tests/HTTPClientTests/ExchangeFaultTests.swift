import Bytes
import HTTP
import Platform
import ScriptedServer
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct ExchangeFaultTests {
    typealias Kind = HTTPClientError.Kind

    static let head = "HTTP/1.1 200 OK\r\n"

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: String
        let kind: Kind

        init(_ name: String, _ answer: String, _ kind: Kind) {
            testDescription = name
            self.answer = answer
            self.kind = kind
        }
    }

    static let faults = [
        Fault(
            "length and chunks",
            head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", .invalidResponse),
        Fault("two lengths", head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", .invalidResponse),
        Fault("signed length", head + "Content-Length: +1\r\n\r\na", .invalidResponse),
        Fault("short body", head + "Content-Length: 10\r\n\r\nshort", .connectionClosed),
        Fault("cut chunk", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nab", .connectionClosed),
        Fault("chunks without the last", head + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n", .connectionClosed),
        Fault(
            "malformed chunk size",
            head + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", .invalidResponse),
        Fault("folded field", head + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n", .invalidResponse),
        Fault("NUL in a field", head + "X: a\0b\r\nContent-Length: 0\r\n\r\n", .invalidResponse),
        Fault("bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", .invalidResponse),
        Fault("blank before the colon", head + "Content-Length : 0\r\n\r\n", .invalidResponse),
        Fault("HTTP/0.9", "<html>hello</html>", .invalidResponse),
        Fault("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .invalidResponse),
        Fault(
            "switch nobody asked for",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", .invalidResponse),
        Fault(
            "flood of interim responses",
            String(repeating: "HTTP/1.1 103 Early\r\n\r\n", count: 1000), .invalidResponse),
        Fault("endless line", head + "X: " + String(repeating: "a", count: 200_000), .tooLarge),
        Fault("endless fields", head + String(repeating: "X: a\r\n", count: 50_000), .tooLarge),
        Fault("nothing at all", "", .connectionClosed),
        Fault("half a head", "HTTP/1.1 200 OK\r\nContent-Le", .connectionClosed),
    ]

    @Test(arguments: faults)
    func `a broken response fails the exchange, and its connection is never used again`(
        _ fault: Fault
    ) async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send(peer.number == 0 ? fault.answer : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh")
                peer.finish()
            }
            let client = try HTTPClient(loop)
            let error = await #expect(throws: HTTPClientError.self) { _ = try await client.get(server) }
            #expect(error?.kind == fault.kind)
            #expect(error?.sent == true)
            #expect(client.idleConnections == 0)
            #expect(try await client.get(server) == "fresh")
        }
    }

    @Test func `a response that is reset fails the exchange`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\n\r\npart")
                try await peer.stream.drain()
                peer.stream.reset()
            }
            let error = await #expect(throws: HTTPClientError.self) { _ = try await HTTPClient(loop).get(server) }
            #expect(error?.kind == .connectionClosed)
        }
    }

    @Test func `a fetched body over its limit is refused`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                let isLong = try await peer.head().hasPrefix("GET /long")
                peer.send(Self.head + (isLong ? "\r\n12345678901" : "Connection: close\r\n\r\n1234567890"))
                peer.finish()
            }
            let client = try HTTPClient(loop)
            func fetch(_ path: ByteString) async throws -> ByteString {
                let request = ClientRequest(.get, try server.origin, try RequestTarget(path))
                return ByteString(try await client.fetch(request, limit: 10, .init()).body)
            }
            #expect(try await fetch("/") == "1234567890")
            let error = await #expect(throws: HTTPClientError.self) { _ = try await fetch("/long") }
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test func `redirects are answers like any other`() async throws {
        try await onLoop { loop in
            let evil = try ScriptedServer(loop) { _ in }
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:\(evil.port)/\r\nContent-Length: 0\r\n\r\n")
            }
            let request = ClientRequest(.post, try server.origin, try RequestTarget("/"))
            let response = try await HTTPClient(loop).fetch(request, body: [1], limit: 10, .init())
            #expect(response.status == 307)
            #expect(evil.connections.isEmpty)
        }
    }

    @Test func `a body that is longer or shorter than announced is our own fault and ends the exchange`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in _ = try await peer.readToEnd() }
            let client = try HTTPClient(loop)
            let request = ClientRequest(.put, try server.origin, try RequestTarget("/"), framing: .length(3))
            let long = try await client.send(request)
            let tooLong = await #expect(throws: HTTPClientError.self) { try await long.write([1, 2, 3, 4]) }
            #expect(tooLong?.kind == .bodyMismatch)
            let short = try await client.send(request)
            try await short.write([1, 2])
            let tooShort = #expect(throws: HTTPClientError.self) { try short.finish() }
            #expect(tooShort?.kind == .bodyMismatch)
            #expect(client.idleConnections == 0)
        }
    }
}

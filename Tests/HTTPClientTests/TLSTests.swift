import Bytes
import HTTP
import Platform
import ScriptedServer
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    private static func client(_ loop: Loop) throws -> HTTPClient {
        var configuration = HTTPClientConfiguration()
        configuration.caFile = try TLSFixture.shared.get().ca
        configuration.libcurlAge = 0
        return try HTTPClient(loop, configuration)
    }

    private static func get(_ client: HTTPClient, _ origin: Origin, _ path: ByteString) async throws -> ByteString {
        let exchange = try await client.send(ClientRequest(.get, origin, try RequestTarget(path)))
        _ = try await exchange.response()
        return try await exchange.collect()
    }

    @Test(arguments: ["unknown", "wrong", "expired"])
    func `a certificate that cannot be trusted ends the connection before an octet of the request`(
        certificate: String
    ) async throws {
        nonisolated(unsafe) let server = try TLSServer(certificate: certificate)
        try await onLoop { loop in
            for host in ["localhost", "127.0.0.1"] {
                let error = await #expect(throws: HTTPClientError.self) {
                    _ = try unsafe await Self.get(Self.client(loop), server.origin(host), "/number")
                }
                #expect(error?.kind == .untrusted)
                #expect(error?.sent == false)
            }
        }
        #expect(unsafe try server.stop() == [0, 0])
    }

    @Test func `without a CA of our own the system's are trusted, and they do not know this server`() async throws {
        nonisolated(unsafe) let server = try TLSServer(certificate: "good")
        try await onLoop { loop in
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try unsafe await Self.get(HTTPClient(loop), server.origin(), "/number")
            }
            #expect(error?.kind == .untrusted)
        }
        #expect(unsafe try server.stop() == [0])
    }

    @Test func `a kept connection serves on, although session tickets made it readable`() async throws {
        nonisolated(unsafe) let server = try TLSServer(certificate: "good")
        try await onLoop { loop in
            let client = try Self.client(loop)
            for _ in 0..<3 {
                #expect(unsafe try await Self.get(client, server.origin(), "/number") == "0")
                #expect(client.idleConnections == 1)
            }
            // Past libcurl's age a new connection is made beside it; the kept one stays whole.
            await loop.sleep(.milliseconds(1100))
            #expect(unsafe try await Self.get(client, server.origin("127.0.0.1"), "/number") == "1")
            #expect(unsafe try await Self.get(client, server.origin(), "/number") == "0")
        }
        #expect(unsafe try server.stop().count == 2)
    }

    @Test func `all records are read, large ones and many small ones`() async throws {
        nonisolated(unsafe) let server = try TLSServer(certificate: "good")
        try await onLoop { loop in
            let client = try Self.client(loop)
            #expect(unsafe try await Self.get(client, server.origin(), "/body/5000000").count == 5_000_000)
            #expect(unsafe try await Self.get(client, server.origin(), "/records").count == 1000)
            #expect(unsafe try await Self.get(client, server.origin(), "/body/1600").count == 1600)
        }
        #expect(unsafe try server.stop().count == 1)
    }

    @Test func `a long upload to a server that is slow to read arrives unchanged`() async throws {
        nonisolated(unsafe) let server = try TLSServer(certificate: "good")
        try await onLoop { loop in
            let piece = (0..<50_021).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let total = piece.count * 60
            let request = ClientRequest(
                .put, unsafe try server.origin(), try RequestTarget(ByteString("/upload/\(total)")),
                framing: .length(UInt64(total)))
            let exchange = try await Self.client(loop).send(request)
            for _ in 0..<60 { try await exchange.write(piece[...]) }
            try exchange.finish()
            #expect(try await exchange.response().status == 200)
            let sum = piece.reduce(0) { $0 + Int($1) } * 60 % 65521
            #expect(try await exchange.collect() == ByteString("\(total) \(sum)"))
        }
        _ = unsafe try server.stop()
    }

    @Test func `a body without length is complete only after a proper end of TLS`() async throws {
        nonisolated(unsafe) let server = try TLSServer(certificate: "good")
        try await onLoop { loop in
            let client = try Self.client(loop)
            #expect(unsafe try await Self.get(client, server.origin(), "/whole") == "all of it")
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try unsafe await Self.get(client, server.origin(), "/cut")
            }
            #expect(error?.phase == .body)
            #expect(error?.kind == .connectionClosed)
        }
        _ = unsafe try server.stop()
    }

    @Test func `a kept connection that the server ended is not used again`() async throws {
        nonisolated(unsafe) let server = try TLSServer(certificate: "good")
        try await onLoop { loop in
            let client = try Self.client(loop)
            #expect(unsafe try await Self.get(client, server.origin(), "/last") == "0")
            while client.idleConnections > 0 { await loop.sleep(.zero) }
            #expect(unsafe try await Self.get(client, server.origin(), "/number") == "1")
        }
        _ = unsafe try server.stop()
    }

    @Test func `a server that does not speak TLS fails`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.take(1)
                peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
                peer.finish()
            }
            let origin = try #require(Origin(scheme: .https, host: "127.0.0.1", port: server.port))
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await Self.get(Self.client(loop), origin, "/")
            }
            #expect(error?.kind == .tls)
            #expect(error?.sent == false)
        }
    }
}

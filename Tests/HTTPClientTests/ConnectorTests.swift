import Bytes
import Glibc
import Platform
import ScriptedServer
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct ConnectorTests {
    @Test func `a plain connection carries octets both ways`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                peer.stream.write(try await peer.take(5))
                peer.finish()
            }
            let connector = try Connector(loop, ConnectOptions())
            let transport = try await connector.connect(
                to: server.origin, policy: AddressPolicy(for: server.origin), timeout: .seconds(5))
            transport.write { $0 += Array("hello".utf8) }
            var buffer = ByteBuffer()
            while buffer.count < 5 {
                try await transport.waitReadable()
                _ = try transport.tryRead(into: &buffer, upTo: .max)
            }
            #expect(ByteString(buffer.readable) == "hello")
            #expect(transport.octetsSent == 5)
        }
    }

    @Test func `an address that the policy refuses is not even tried`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { _ in }
            let connector = try Connector(loop, ConnectOptions())
            for host: ByteString in ["127.0.0.1", "localhost"] {
                let origin = try #require(Origin(scheme: .http, host: host, port: server.port))
                let error = await #expect(throws: HTTPClientError.self) {
                    _ = try await connector.connect(to: origin, policy: AddressPolicy(), timeout: .seconds(5))
                }
                #expect(error?.kind == .addressRefused)
                #expect(error?.sent == false)
            }
            #expect(server.connections.isEmpty)
        }
    }

    @Test func `a closed port is unreachable and an unknown name unresolved`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { _ in }
            let closed = try server.origin
            server.close()
            let unknown = try #require(Origin(scheme: .http, host: "no-such-name.invalid"))
            let connector = try Connector(loop, ConnectOptions())
            for (origin, kind) in [(closed, HTTPClientError.Kind.unreachable), (unknown, .unresolved)] {
                let error = await #expect(throws: HTTPClientError.self) {
                    _ = try await connector.connect(
                        to: origin, policy: AddressPolicy(for: origin), timeout: .seconds(5))
                }
                #expect(error?.kind == kind)
            }
        }
    }

    @Test func `a server that does not accept runs into the deadline`() async throws {
        try await onLoop { loop in
            // A full queue of connections not accepted: the kernel drops further handshakes.
            let listener = try Sockets.listen(.v4([127, 0, 0, 1], port: 0), backlog: 0)
            let address = try #require(Sockets.localAddress(listener.rawValue))
            let first = try Sockets.connect(address)
            let second = try Sockets.connect(address)
            guard case .v4(_, let port) = address else { return }
            let origin = try #require(Origin(scheme: .http, host: "127.0.0.1", port: port))
            let connector = try Connector(loop, ConnectOptions())
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await connector.connect(
                    to: origin, policy: AddressPolicy(for: origin), timeout: .milliseconds(200))
            }
            #expect(error?.kind == .timedOut)
            _ = (first.rawValue, second.rawValue)
        }
    }

    @Test func `of 200 connections idle past libcurl's age none changes its descriptor's owner`() async throws {
        try await onLoop { loop in
            let server = try ScriptedServer(loop) { peer in
                // Answers with its own number, whatever is asked.
                while true {
                    _ = try await peer.take(1)
                    peer.send("\(peer.number);")
                }
            }
            // libcurl drops what it holds and what was idle for a whole second when another connection is made.
            let connector = try Connector(loop, ConnectOptions(maxAge: 0))
            var transports: [any Transport] = []
            for number in 0..<400 {
                if number == 200 { await loop.sleep(.milliseconds(1100)) }
                transports.append(
                    try await connector.connect(
                        to: server.origin, policy: AddressPolicy(for: server.origin), timeout: .seconds(5)))
            }
            #expect(server.connections.count == 400)
            var answers: [ByteString] = []
            for transport in transports {
                transport.write { $0.append(UInt8(ascii: "?")) }
                var buffer = ByteBuffer()
                while buffer.readable.last != UInt8(ascii: ";") {
                    try await transport.waitReadable()
                    _ = try transport.tryRead(into: &buffer, upTo: .max)
                }
                answers.append(ByteString(buffer.readable.dropLast()))
            }
            #expect(answers == (0..<400).map { ByteString("\($0)") })
        }
    }

    @Test func `proxies and passwords of the environment are not for us`() async throws {
        try await onLoop { loop in
            let proxy = try ScriptedServer(loop) { _ in }
            let server = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 204 No Content\r\n\r\n")
            }
            let names = ["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"]
            for name in names { unsafe setenv(name, "http://user:password@127.0.0.1:\(proxy.port)", 1) }
            defer { for name in names { unsafe unsetenv(name) } }
            let netrc = "/tmp/cloakroom-netrc-\(getpid())"
            let file = unsafe try #require(fopen(netrc, "w"))
            unsafe fputs("default login user password secret\n", file)
            unsafe fclose(file)
            defer { unsafe unlink(netrc) }
            unsafe setenv("NETRC", netrc, 1)
            defer { unsafe unsetenv("NETRC") }
            #expect(try await HTTPClient(loop).get(server) == "")
            let expected = ByteString("GET / HTTP/1.1\r\nhost: 127.0.0.1:\(server.port)\r\n\r\n")
            #expect(server.received == [expected])
            let secure = try #require(Origin(scheme: .https, host: "127.0.0.1", port: server.port))
            let connector = try Connector(loop, ConnectOptions())
            await #expect(throws: HTTPClientError.self) {
                _ = try await connector.connect(
                    to: secure, policy: AddressPolicy(for: secure), timeout: .milliseconds(200))
            }
            #expect(proxy.connections.isEmpty)
        }
    }
}

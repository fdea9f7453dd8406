import Bytes
import HTTPTestSupport
import Platform
import Synchronization
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(1))) struct Refusing {
    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "400"), ("GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n", "400"),
        ("BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "501"), ("GET / HTTP/1.1\r\nHost: h\r\nX: \u{0}\r\n\r\n", "400"),
        ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
    ]) func `a request that cannot be read gets one answer and the end of the connection`(
        request: String, status: String
    ) async throws {
        let fixture = try await Fixture()
        let text = try fixture.exchange("\(request)GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 \(status) "))
        #expect(text.contains("connection: close\r\n"))
        #expect(bodies(text) == ["no"])
    }

    @Test func `a client that goes on sending too much still reads the answer`() async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n")
        client.send([UInt8](repeating: 0, count: 900_000))
        client.hangUpWriting()
        let answer = client.read()
        #expect(answer.text.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.text.contains("connection: close\r\n"))
        #expect(answer.end == .closed)
    }

    @Test func `malformed chunks are told to the handler`() async throws {
        let fixture = try await Fixture()
        let text = try fixture.exchange(
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n")
        #expect(text.hasPrefix("HTTP/1.1 400 "))
        #expect(text.contains("connection: close\r\n"))
    }

    @Test(arguments: ["/cut", "/short", "/silent"])
    func `an answer that is not whole does not look whole`(path: String) async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
        guard case .failed = client.read().end else {
            Issue.record("the connection ended as if all were well")
            return
        }
    }

    @Test func `a head that does not come to its end is not waited for`() async throws {
        let fixture = try await Fixture { $0.head = .milliseconds(50) }
        let client = try fixture.client()
        client.send("GET / HTTP/1.1\r\nHost: h\r\n")
        #expect(client.read().end == .closed)
    }

    @Test func `a connection that does nothing is closed`() async throws {
        let fixture = try await Fixture { $0.idle = .milliseconds(50) }
        let client = try fixture.client()
        client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        let answer = client.read()
        #expect(bodies(answer.text) == ["/a"])
        #expect(answer.end == .closed)
    }

    @Test func `content that pauses is not waited for, and its sender is told`() async throws {
        let fixture = try await Fixture { $0.bodyIdle = .milliseconds(50) }
        let client = try fixture.client()
        client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
        let answer = client.read(until: "\r\n\r\n")
        #expect(answer.text.hasPrefix("HTTP/1.1 408 "))
        #expect(answer.text.contains("connection: close\r\n"))
        #expect(client.read().end == .closed)
    }

    @Test func `a client that reads nothing is given up`() async throws {
        let fixture = try await Fixture { $0.write = .milliseconds(50) }
        let client = try fixture.client()
        client.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        await fixture.waitForGone()
        withExtendedLifetime(client) {}
    }

    @Test func `one address has only so many connections`() async throws {
        let fixture = try await Fixture { $0.connectionsPerClient = 1 }
        let first = try fixture.client()
        first.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = first.read(until: "/a")
        let second = try fixture.client()
        second.send("GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(second.read().text.isEmpty)
        first.send("GET /c HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(first.read(until: "/c").end == .open)
    }

    @Test func `a proxy has as many connections as it needs`() async throws {
        let fixture = try await Fixture { limits in
            limits.connectionsPerClient = 1
            limits.proxies = ["127.0.0.1"].compactMap { IPNetwork($0) }
        }
        let clients = try (0..<3).map { _ in try fixture.client() }
        for client in clients { client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n") }
        for client in clients { #expect(client.read(until: "/a").end == .open) }
    }

    @Test func `who waits longest for a request makes room, and who is answered stays`() async throws {
        let fixture = try await Fixture { $0.connections = 2 }
        let busy = try fixture.client()
        busy.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = busy.read(until: "\0")
        let slow = try fixture.client()
        slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n")
        let newcomer = try fixture.client()
        newcomer.send("GET /new HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(bodies(newcomer.read().text) == ["/new"])
        #expect(slow.read().end == .closed)
        #expect(await fixture.server.connectionCount >= 1)
        busy.hangUp()
        await fixture.waitForGone()
    }

    @Test func `more connections than allowed wait for their turn`() async throws {
        let fixture = try await Fixture { $0.connections = 1 }
        let first = try fixture.client()
        first.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = first.read(until: "/a")
        let second = try fixture.client()
        second.send("GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        first.send("GET /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(bodies(first.read().text) == ["/c"])
        first.hangUp()
        #expect(bodies(second.read().text) == ["/b"])
    }
}

@Suite(.timeLimit(.minutes(1))) struct Ending {
    @Test func `the handler hears of a client that leaves`() async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        client.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
        client.hangUp()
        await fixture.waitForGone()
    }

    @Test func `a client that only closes its direction is still there`() async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        client.send("GET /release HTTP/1.1\r\nHost: h\r\n\r\n")
        client.hangUpWriting()
        // What every client passes over: it shows whether anybody is there.
        #expect(client.read(until: "\r\n\r\n").text == "HTTP/1.1 100 Continue\r\n\r\n")
        fixture.handler.release.store(true, ordering: .relaxed)
        #expect(client.read().text.hasSuffix("\r\n\r\nreleased"))
        #expect(fixture.handler.gone.load(ordering: .relaxed) == 0)
    }

    @Test func `a client that leaves in the middle of its content is gone`() async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        client.send("POST /read-and-wait HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
        client.hangUpWriting()
        await fixture.waitForGone()
    }

    @Test func `draining closes idle connections and cuts what takes too long`() async throws {
        let fixture = try await Fixture()
        let idle = try fixture.client()
        idle.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = idle.read(until: "/a")
        let busy = try fixture.client()
        busy.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = busy.read(until: "\0")
        await fixture.server.drain(within: .milliseconds(50))
        #expect(idle.read().end == .closed)
        await fixture.waitForGone()
        #expect(throws: (any Error).self) { try fixture.client() }
        withExtendedLifetime(busy) {}
    }

    /// Of the answers that are finished, some are on their way out of our own buffer just then.
    @Test func `draining takes nothing away from an answer that is read slowly`() async throws {
        let fixture = try await Fixture()
        let sizes = Array(stride(from: 40 << 10, through: 160 << 10, by: 8 << 10))
        let clients = try sizes.map { size in
            let client = try RawClient(port: fixture.port, buffer: 4096)
            client.send("GET /large?\(size) HTTP/1.1\r\nHost: h\r\n\r\n")
            client.waitForOctets()
            return client
        }
        let (server, loop) = (fixture.server, fixture.thread.loop)
        let drained = Task(executorPreference: loop) { await server.drain(within: .seconds(30)) }
        while await !server.isDraining { await Task.yield() }
        for (client, size) in zip(clients, sizes) {
            #expect(client.read().text.utf8.count > size)
            client.hangUp()
        }
        await drained.value
    }

    @Test func `draining lets a request under way be answered, as the last one`() async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        _ = client.read(until: "\r\n\r\n")
        let server = fixture.server
        let loop = fixture.thread.loop
        let drained = Task(executorPreference: loop) { await server.drain(within: .seconds(30)) }
        while await !server.isDraining { await Task.yield() }
        client.send("hi")
        let answer = client.read()
        #expect(answer.text.contains("connection: close\r\n"))
        #expect(bodies(answer.text) == ["hi"])
        client.hangUp()
        await drained.value
    }
}

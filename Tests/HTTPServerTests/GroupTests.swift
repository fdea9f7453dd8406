import HTTPTestSupport
import Platform
import Synchronization
import Testing

@testable import HTTPServer

/// Servers on threads of their own that share a listener.
private final class Crowd {
    let threads: [LoopThread]
    let servers: [HTTPServer]
    let port: UInt16

    init(_ count: Int, _ configure: (inout HTTPServerLimits) -> Void = { _ in }) async throws {
        var limits = HTTPServerLimits()
        configure(&limits)
        let (group, handler) = (HTTPServerGroup(), TestHandler())
        threads = try (0..<count).map { _ in try LoopThread() }
        servers = threads.map { [limits] in HTTPServer($0.loop, limits: limits, handler: handler, group: group) }
        let listener = try Sockets.listen(.v4([127, 0, 0, 1], port: 0))
        guard case .v4(_, let port)? = Sockets.localAddress(listener.rawValue) else {
            throw SystemError(0, call: "listen")
        }
        self.port = port
        for server in servers { try await server.serve(listener.duplicate()) }
    }

    deinit { for thread in threads { thread.stopAndJoin() } }

    /// A client whose first request has been answered.
    func client() throws -> RawClient {
        let client = try RawClient(port: port)
        client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.read(until: "/a").end == .open)
        return client
    }

    func counts() async -> [Int] {
        var counts: [Int] = []
        for server in servers { counts.append(await server.connectionCount) }
        return counts
    }

    func waitFor(_ expected: [Int]) async { while await counts().sorted() != expected { await Task.yield() } }
}

@Suite(.timeLimit(.minutes(1))) struct Sharing {
    @Test func `connections are spread evenly, those that come after some have gone, too`() async throws {
        let crowd = try await Crowd(3)
        var clients = try (0..<30).map { _ in try crowd.client() }
        #expect(await crowd.counts() == [10, 10, 10])
        for client in clients.prefix(15) { client.hangUp() }
        clients.removeFirst(15)
        while await crowd.counts().reduce(0, +) > 15 { await Task.yield() }
        clients += try (0..<15).map { _ in try crowd.client() }
        #expect(await crowd.counts() == [10, 10, 10])
        withExtendedLifetime(clients) {}
    }

    @Test func `one that has drained gets no more connections`() async throws {
        let crowd = try await Crowd(2)
        await crowd.servers[0].drain(within: .seconds(10))
        let clients = try (0..<4).map { _ in try crowd.client() }
        #expect(await crowd.counts() == [0, 4])
        withExtendedLifetime(clients) {}
    }

    @Test func `one address has only so many connections at all of them together`() async throws {
        let crowd = try await Crowd(2) { $0.connectionsPerClient = 3 }
        let clients = try (0..<3).map { _ in try crowd.client() }
        for _ in 0..<4 {
            let another = try RawClient(port: crowd.port)
            another.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(another.read().text.isEmpty)
        }
        clients[0].hangUp()
        // The third of them is with either server.
        while await crowd.counts().reduce(0, +) != 2 { await Task.yield() }
        let next = try crowd.client()
        withExtendedLifetime((clients, next)) {}
    }

    @Test func `when all are full, more wait until one has room`() async throws {
        let crowd = try await Crowd(2) { $0.connections = 2 }
        // Each with a request under way: those without one would have to make room.
        var clients = try (0..<4).map { _ in try crowd.client() }
        for client in clients { client.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n") }
        let late = try (0..<2).map { _ in try RawClient(port: crowd.port) }
        for client in late { client.send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n") }
        #expect(await crowd.counts() == [2, 2])
        while clients.count > 2 { clients.removeLast().hangUp() }
        for client in late { #expect(bodies(client.read(until: "/late").text) == ["/late"]) }
        #expect(await crowd.counts() == [2, 2])
        withExtendedLifetime(clients) {}
    }
}

@Suite(.timeLimit(.minutes(1))) struct LastMoments {
    /// Keeps the server's loop from turning while `body` runs, and has it drain in its next turn.
    private func drainAfter(_ fixture: Fixture, _ body: @escaping @Sendable () throws -> Void) -> Task<Void, Never> {
        let (loop, server) = (fixture.thread.loop, fixture.server)
        return Task(executorPreference: loop) {
            try? body()
            await server.drain(within: .seconds(30))
        }
    }

    @Test func `a request that has come just before the end is answered`() async throws {
        let fixture = try await Fixture()
        let client = try fixture.client()
        while await fixture.server.connectionCount == 0 { await Task.yield() }
        let drained = drainAfter(fixture) { client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n") }
        let answer = client.read()
        #expect(bodies(answer.text) == ["/a"])
        #expect(answer.text.contains("connection: close\r\n"))
        client.hangUp()
        await drained.value
    }

    @Test func `a connection that was made but not taken yet is served`() async throws {
        let fixture = try await Fixture()
        let port = fixture.port
        let made = Mutex<RawClient?>(nil)
        let drained = drainAfter(fixture) {
            let client = try RawClient(port: port)
            client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
            made.withLock { $0 = client }
        }
        while made.withLock({ $0 == nil }) { await Task.yield() }
        let client = try #require(made.withLock { $0 })
        #expect(bodies(client.read().text) == ["/a"])
        client.hangUp()
        await drained.value
    }
}

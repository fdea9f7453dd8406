import Bytes
import HTTP
import Messages
import RPC
import Session
import Synchronization
import Testing

@testable import EdgeService

@Suite(.timeLimit(.minutes(1))) struct Proxying {
    @Test func `without the header nothing is looked up`() async throws {
        let edge = try await Harness()
        let answer = try edge.send("GET /api/a")
        #expect(answer.status == 403)
        #expect(answer.contains("X-CSRF: 1"))
        #expect(edge.broker.calls("session.open") == 0)
    }

    @Test func `without a session it is a problem with the way to a login, and never a redirect`() async throws {
        let edge = try await Harness()
        let answer = try edge.send("GET /api/a", ["X-CSRF: 1", "Accept: text/html"], cookie: nil)
        #expect(answer.status == 401)
        #expect(answer.contains("application/problem+json"))
        #expect(answer.contains(#""login_url":"/bff/login""#))
    }

    @Test(arguments: [
        "__Host-cloakroom=short", "__Host-cloakroom=\(Harness.cookie); __Host-cloakroom=\(Harness.cookie)",
    ])
    func `a cookie of another shape, or two, are not worth a call`(cookie: String) async throws {
        let edge = try await Harness()
        #expect(try edge.send("GET /api/a", ["X-CSRF: 1"], cookie: cookie).status == 401)
        #expect(edge.broker.calls("session.open") == 0)
    }

    @Test func `a call goes through with a pass and without the browser's secrets`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        let answer = try edge.call(
            "GET /api/a?b=c", ["Authorization: Bearer x", "X-Forwarded-For: 1.2.3.4", "X-Own: y"])
        #expect(answer.status == 200)
        #expect(answer.contains("got 0"))
        #expect(!answer.contains("set-cookie"))
        #expect(answer.contains("cache-control: no-store"))
        #expect(answer.contains("vary: Cookie"))
        let head = try #require(edge.worker.heads.withLock { $0.first })
        #expect(head.pass?.text == "pass-1")
        #expect(head.target == "/api/a?b=c")
        #expect(head.fields.first(FieldName("x-own") ?? .accept) == "y")
        for name in [.cookie, .authorization, .xCSRF, .xForwardedFor, .host, .connection] as [FieldName] {
            #expect(!head.fields.contains(name))
        }
    }

    @Test(arguments: [
        ("private", true), ("Private, max-age=5", true), ("max-age=5,no-store", true), ("public", false),
        ("max-age=5", false), ("public, private", false), ("private=\"Set-Cookie\"", false), ("x-private", false),
        ("no-store-please", false),
    ])
    func `only an upstream that says private may let an answer be kept`(value: String, isPrivate: Bool) throws {
        let value = try #require(FieldValue(ByteString(value)))
        #expect(Relay.isPrivate([.cacheControl: value]) == isPrivate)
    }

    @Test func `the pass of an active session is asked for once`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        for _ in 0..<5 { #expect(try edge.call("GET /api/a").status == 200) }
        #expect(edge.broker.calls("session.open") == 1)
    }

    @Test func `a session that ended is dead at once`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        #expect(try edge.call("GET /api/a").status == 200)
        edge.broker.state.withLock { $0.sessions = [:] }
        let tag = try #require(SessionTag([UInt8](repeating: 1, count: 16)))
        await edge.cache.heard(.event(.sessionEnded(sessions: [tag], sequence: 1)))
        let answer = try edge.call("GET /api/a")
        #expect(answer.status == 401)
        #expect(answer.contains("set-cookie: __Host-cloakroom=;"))
    }

    @Test func `an encoded slash passes where a route keeps it, and nowhere else`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        #expect(try edge.call("GET /files/a%2Fb").status == 200)
        #expect(edge.worker.heads.withLock { $0.last?.target } == "/files/a%2Fb")
        for path in ["/api/a%2Fb", "/pages/a%2fb", "/a%2Fb", "/bff/user%2F", "/files%2Fa"] {
            #expect(try edge.call("GET \(path)").status == 400, "\(path)")
        }
    }

    @Test func `a route that does not slide asks for passes of its own, which do not count as activity`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        for _ in 0..<3 {
            #expect(try edge.call("GET /files/a").status == 200)
            #expect(try edge.call("GET /api/a").status == 200)
        }
        let slides = edge.broker.state.withLock { state in
            state.calls.compactMap { if case .sessionOpen(let call) = $0 { call.slide } else { nil } }
        }
        #expect(slides == [false, true])
    }

    @Test func `a pass that the worker does not know is asked for again, once`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        #expect(try edge.call("GET /api/once-unknown").status == 200)
        #expect(edge.worker.heads.withLock { $0.map(\.pass?.text) } == ["pass-1", "pass-2"])
    }

    @Test func `content that was read is sent again as long as it is short`() {
        var (announced, chunked, long) = (ReadContent(), ReadContent(), ReadContent())
        announced.append([1, 2], .length(3))
        #expect(!announced.isWhole)
        announced.append([3], .length(3))
        #expect(announced.isWhole && announced.bytes == [1, 2, 3])
        chunked.append([1], .chunked)
        #expect(!chunked.isWhole)
        chunked.end()
        #expect(chunked.isWhole)
        for _ in 0..<2 { long.append(ArraySlice(repeating: 0, count: 10_000), .length(20_000)) }
        long.end()
        #expect(!long.isWhole && long.bytes.isEmpty)
    }

    @Test func `what meets a worker that drains is sent again: a successor may have taken its place`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        #expect(try edge.call("POST /api/once-draining", body: "whole").contains("got 5"))
        #expect(try edge.call("GET /api/draining").status == 503)
        #expect(edge.worker.heads.withLock { $0.count } == 2 + 3)
    }

    @Test(arguments: [
        ("/api/ended", 401, "session_ended"), ("/api/scope", 403, "read"), ("/api/unknown", 502, "outcome_unknown"),
    ]) func `a refusal of the worker becomes a problem`(path: String, status: Int, text: String) async throws {
        let edge = try await Harness()
        try edge.signIn()
        let answer = try edge.call("GET \(path)")
        #expect(answer.status == status)
        #expect(answer.contains(text))
    }

    @Test func `an answer that breaks off is cut and does not look whole`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        #expect(!(try edge.call("GET /api/half").contains("half-")))
    }

    @Test func `content goes up, as much as the route allows`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        #expect(try edge.call("POST /api/a", body: String(repeating: "x", count: 1000)).contains("got 1000"))
        #expect(try edge.call("POST /api/a", body: String(repeating: "x", count: 1001)).status == 413)
        let chunks = { (count: Int) in
            "\(String(count, radix: 16))\r\n" + String(repeating: "x", count: count) + "\r\n0\r\n\r\n"
        }
        #expect(try edge.call("POST /api/a", chunks: chunks(1000)).contains("got 1000"))
        #expect(try edge.call("POST /api/a", chunks: chunks(1001)).status == 413)
    }

    @Test func `an answer may come before the content has gone up`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        let answer = try edge.call("POST /api/early", body: String(repeating: "x", count: 900))
        #expect(answer.contains("early"))
    }

    @Test func `a refusal does not wait for content that does not come`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        let answer = try edge.call("POST /api/scope", ["Content-Length: 900"])
        #expect(answer.status == 403)
        #expect(answer.contains("connection: close"))
    }

    @Test func `the broker being away is no answer about a session`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        edge.broker.state.withLock { $0.failure = .notConnected }
        let answer = try edge.call("GET /api/a")
        #expect(answer.status == 503)
        #expect(!answer.contains("set-cookie"))
    }

    @Test func `a target that the broker does not have is told as that`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        edge.broker.state.withLock { $0.failure = .refused(CallError(.targetUnknown)) }
        let answer = try edge.call("GET /api/a")
        #expect(answer.status == 500)
        #expect(answer.contains(#""code":"target_unknown","detail":"The broker's configuration"#))
    }

    @Test(arguments: [
        ("/api/digest", 503, #""code":"routes_changing","detail":"Edge and worker have read different routes."#),
        ("/api/denied", 403, #""code":"target_denied","detail":"The worker or the session"#),
    ])
    func `files that contradict each other are told as that`(path: String, status: Int, said: String) async throws {
        let edge = try await Harness()
        try edge.signIn()
        let answer = try edge.call("GET \(path)")
        #expect(answer.status == status)
        #expect(answer.contains(said))
    }

    @Test(arguments: [("DELETE /api/a", 405), ("GET /api/%61", 400), ("OPTIONS /api/a", 204), ("GET /apix", 404)])
    func `what no route takes is refused with a reason`(line: String, status: Int) async throws {
        let edge = try await Harness()
        #expect(try edge.send(line, ["X-CSRF: 1", "Accept: application/json"]).status == status)
    }

    @Test func `a request that has been here already goes no further`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        let own = Routes.pseudonym(digest: try Harness.routes().digest)
        for via in ["1.1 front, 1.1 \(own)", "1.1 \(own)\r\nVia: 1.1 back"] {
            let answer = try edge.call("GET /api/a", ["Via: \(via)"])
            #expect(answer.status == 508)
            #expect(answer.contains(#""code":"loop_detected""#))
        }
        #expect(try edge.call("GET /api/a", ["Via: 1.1 cloakroom-another"]).status == 200)
        #expect(edge.worker.heads.withLock { $0.count } == 1)
    }

    @Test func `an unknown host is told so and no more`() async throws {
        let edge = try await Harness()
        let client = try edge.send("GET http://evil.example/api/a", ["X-CSRF: 1"])
        #expect(client.status == 400)
    }
}

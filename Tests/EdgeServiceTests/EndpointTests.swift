import Bytes
import Messages
import Platform
import RPC
import Synchronization
import Testing

@testable import EdgeService

@Suite(.timeLimit(.minutes(1))) struct LoggingIn {
    private static let navigation = [
        "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Accept: text/html",
    ]

    /// The `name=value` of the cookies that an answer sets.
    private func cookies(_ answer: String) -> [String] {
        answer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("set-cookie: ") }
            .compactMap { $0.dropFirst(12).split(separator: ";").first.map(String.init) }
    }

    @Test func `a link leads to the provider and leaves one more cookie`() async throws {
        let edge = try await Harness()
        let answer = try edge.send("GET /bff/login?return_to=/a", cookie: nil)
        #expect(answer.status == 302)
        #expect(answer.contains("location: https://provider.example/authorize?x=y"))
        #expect(cookies(answer).count == 1)
        #expect(answer.contains("SameSite=Lax; Max-Age=600"))
    }

    @Test func `the oldest of eight logins under way makes room`() async throws {
        let edge = try await Harness()
        let kept = (1...8).map { "__Host-cloakroom-login-\($0)=x" }.joined(separator: "; ")
        #expect(cookies(try edge.send("GET /bff/login", cookie: kept)).contains("__Host-cloakroom-login-1="))
    }

    @Test(arguments: ["Sec-Purpose: prefetch", "Sec-Fetch-Dest: image"])
    func `nothing begins ahead of time or in an image`(field: String) async throws {
        let edge = try await Harness()
        #expect(try edge.send("GET /bff/login", [field]).status == 400)
        #expect(edge.broker.calls("login.begin") == 0)
    }

    @Test func `the way back sets the session's cookie and bounces`() async throws {
        let edge = try await Harness()
        let login = try #require(cookies(try edge.send("GET /bff/login", cookie: nil)).first)
        let answer = try edge.send("GET /bff/callback?code=good&state=the-state", Self.navigation, cookie: login)
        #expect(answer.status == 200)
        #expect(answer.contains("content=\"0;url=/wanted\""))
        #expect(answer.contains("SameSite=Strict"))
        #expect(answer.contains("set-cookie: \(login.split(separator: "=")[0])=;"))
        let session = try #require(cookies(answer).first { $0.hasPrefix("__Host-cloakroom=") })
        #expect(try edge.send("GET /bff/user", ["X-CSRF: 1"], cookie: session).contains(#""sub":"ada""#))
    }

    @Test func `another browser is refused without asking the broker`() async throws {
        let edge = try await Harness()
        let answer = try edge.send("GET /bff/callback?code=good&state=the-state", Self.navigation, cookie: nil)
        #expect(answer.status == 400)
        #expect(answer.contains("text/html"))
        #expect(edge.broker.calls("login.complete") == 0)
    }

    @Test func `a login that fails shows a way to try again, and its cookie goes`() async throws {
        let edge = try await Harness()
        let login = try #require(cookies(try edge.send("GET /bff/login", cookie: nil)).first)
        let answer = try edge.send("GET /bff/callback?code=bad&state=the-state", Self.navigation, cookie: login)
        #expect(answer.status == 400)
        #expect(answer.contains("/bff/login?return_to=%2Fwanted"))
        #expect(answer.contains("Max-Age=0"))
        #expect(!answer.contains("SameSite=Strict"))
    }

    @Test func `HEAD uses nothing up`() async throws {
        let edge = try await Harness()
        #expect(try edge.send("HEAD /bff/callback?code=good&state=the-state").status == 405)
    }

    @Test func `a frontend gets the parts as JSON, with the header only`() async throws {
        let edge = try await Harness()
        let type = ["Content-Type: application/json"]
        #expect(try edge.send("POST /bff/login", type, body: "{}").status == 403)
        let answer = try edge.call("POST /bff/login", type, body: #"{"return_to":"/a"}"#)
        #expect(answer.status == 200)
        #expect(answer.contains(#""state":"the-state""#))
        #expect(try edge.call("POST /bff/login", type, body: #"{"scope":"x"}"#).status == 400)
        #expect(try edge.call("POST /bff/login", ["Content-Type: text/plain"], body: "{}").status == 415)
    }

    @Test func `someone from another site bounces once, and then signs in`() async throws {
        let edge = try await Harness()
        let first = try edge.send("GET /pages/a?b=1", Self.navigation, cookie: nil)
        #expect(first.status == 200)
        #expect(first.contains("url=/pages/a?b=1"))
        let own = ["Sec-Fetch-Site: same-origin"] + Self.navigation.dropFirst()
        let second = try edge.send("GET /pages/a?b=1", own, cookie: nil)
        #expect(second.status == 302)
        #expect(second.contains("location: /bff/login?return_to=%2Fpages%2Fa%3Fb%3D1"))
    }
}

@Suite(.timeLimit(.minutes(1))) struct LoggingOut {
    @Test func `a script ends the session, and the cookie goes`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        let answer = try edge.call("POST /bff/logout")
        #expect(answer.status == 200)
        #expect(answer.contains(#""logout_url":"https://provider.example/logout""#))
        #expect(answer.contains("set-cookie: __Host-cloakroom=;"))
        #expect(try edge.call("GET /bff/user").status == 401)
        #expect(try edge.call("GET /api/a").status == 401)
        #expect(try edge.call("POST /bff/logout").status == 200)
    }

    @Test func `a link needs the session's value and a page of our own`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        let page = try edge.send("GET /bff/logout", ["Sec-Fetch-Site: same-origin"])
        #expect(page.contains("value=\"lid\""))
        #expect(try edge.send("GET /bff/logout?sid=lid", ["Sec-Fetch-Site: cross-site"]).status == 200)
        #expect(edge.broker.calls("session.end") == 0)
        let answer = try edge.send("GET /bff/logout?sid=lid", ["Sec-Fetch-Site: same-origin"])
        #expect(answer.status == 303)
        #expect(answer.contains("location: https://provider.example/logout"))
    }

    @Test func `the return is checked against the cookie`() async throws {
        let edge = try await Harness()
        #expect(
            try edge.send("GET /bff/logout/return?state=back", cookie: "__Host-cloakroom-logout=back").status == 303)
        #expect(
            try edge.send("GET /bff/logout/return?state=other", cookie: "__Host-cloakroom-logout=back").status == 200)
        #expect(try edge.send("GET /bff/logout/return", cookie: nil).status == 200)
    }

    @Test func `without a broker the session is refused on every loop of the process`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        let another = SessionCache(edge.thread.loop, broker: edge.broker)
        edge.caches.add(another)
        let handle = try #require(edge.frontend.handle(cookie: Harness.cookie.utf8))
        let key = PassTable.Key(handle: handle, target: "api", slides: true)
        _ = try await another.passage(key, frontend: "app")
        edge.broker.state.withLock { $0.failure = .notConnected }
        #expect(try edge.call("POST /bff/logout").status == 503)
        await #expect(throws: Problem.self) { try await another.passage(key, frontend: "app") }
        edge.broker.state.withLock { $0.failure = nil }
        while edge.broker.state.withLock({ !$0.sessions.isEmpty }) { await Task.yield() }
    }

    @Test func `without a broker the session is refused here all the same`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        #expect(try edge.call("GET /api/a").status == 200)
        edge.broker.state.withLock { $0.failure = .notConnected }
        let answer = try edge.call("POST /bff/logout")
        #expect(answer.status == 503)
        #expect(answer.contains("logout_incomplete"))
        #expect(answer.contains("set-cookie: __Host-cloakroom=;"))
        #expect(try edge.call("GET /api/a").status == 401)
        edge.broker.state.withLock { $0.failure = nil }
        while edge.broker.state.withLock({ !$0.sessions.isEmpty }) { await Task.yield() }
    }
}

@Suite(.timeLimit(.minutes(1))) struct ServingFiles {
    @Test func `files come with their type and a validator`() async throws {
        let edge = try await Harness()
        let answer = try edge.send("GET /app.js")
        #expect(answer.status == 200)
        #expect(answer.hasSuffix("run()"))
        #expect(answer.contains("content-type: text/javascript; charset=utf-8"))
        #expect(answer.contains("x-content-type-options: nosniff"))
        let line = try #require(answer.split(whereSeparator: \.isNewline).first { $0.hasPrefix("etag: ") })
        #expect(try edge.send("GET /app.js", ["If-None-Match: \(line.dropFirst(6))"]).status == 304)
        #expect(try edge.send("HEAD /app.js").hasSuffix("content-length: 5\r\nconnection: close\r\n\r\n"))
        #expect(try edge.send("POST /app.js", ["X-CSRF: 1"]).status == 405)
    }

    @Test(arguments: [
        ("/", "text/html", 200), ("/orders/7", "text/html", 200), ("/orders/7", "application/json", 404),
        ("/missing.js", "text/html", 404), ("/api", "text/html", 403), ("/pagesx", "text/html", 200),
        ("/worker.sock", "text/html", 404),
    ]) func `the one page stands for every address that is opened as a page`(
        path: String, accept: String, status: Int
    ) async throws {
        let edge = try await Harness()
        #expect(try edge.send("GET \(path)", ["Accept: \(accept)"], cookie: nil).status == status)
    }
}

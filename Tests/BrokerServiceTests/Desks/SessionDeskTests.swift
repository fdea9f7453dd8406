import Bytes
import JSON
import Messages
import Platform
import Postgres
import Testing

@testable import BrokerService

@Suite struct SessionDeskTests {
    @Test func `opening a session gives a pass for its target that lasts no longer than passes do`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(300)])
            let call = SessionOpen(handle: signedIn.handle, target: "api", frontend: "app")
            let opened = try await broker.sessions.open(call)
            #expect(opened.session == signedIn.id)
            #expect(opened.validMilliseconds == 30_000)
            let token = try await broker.tokens.redeem(TokenRedeem(pass: opened.pass), for: DeskFixture.worker)
            #expect(token.session == signedIn.id)
        }
    }

    @Test func `a session is unknown to other frontends, and its end is final`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(300)])
            let desk = broker.sessions
            let foreign = SessionOpen(handle: signedIn.handle, target: "api", frontend: "other")
            #expect(await code { _ = try await desk.open(foreign) } == .sessionUnknown)
            let untargeted = SessionOpen(handle: signedIn.handle, target: "gone", frontend: "app")
            #expect(await code { _ = try await desk.open(untargeted) } == .targetUnknown)
            let own = SessionOpen(handle: signedIn.handle, target: "api", frontend: "app")
            let pass = try await desk.open(own).pass
            _ = try await desk.end(SessionEnd(handle: signedIn.handle, frontend: "app"))
            #expect(await code { _ = try await desk.open(own) } == .sessionUnknown)
            let call = TokenRedeem(pass: pass)
            let tokens = broker.tokens
            #expect(await code { _ = try await tokens.redeem(call, for: DeskFixture.worker) } == .sessionEnded)
        }
    }

    @Test func `a database that is away is an outage, never an unknown session`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(300)])
            let pass = try broker.pass(signedIn)
            await broker.store.database.close()
            let (desk, tokens) = (broker.sessions, broker.tokens)
            let open = SessionOpen(handle: signedIn.handle, target: "api", frontend: "app")
            #expect(await code { _ = try await desk.open(open) } == .unavailable)
            let user = SessionUser(handle: signedIn.handle, frontend: "app", slide: false)
            #expect(await code { _ = try await desk.user(user) } == .unavailable)
            let end = SessionEnd(handle: signedIn.handle, frontend: "app")
            #expect(await code { _ = try await desk.end(end) } == .unavailable)
            let redeem = TokenRedeem(pass: pass)
            #expect(await code { _ = try await tokens.redeem(redeem, for: DeskFixture.worker) } == .unavailable)
        }
    }

    @Test func `a frontend sees the allowed claims and no others`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            let call = SessionUser(handle: signedIn.handle, frontend: "app", slide: false)
            let view = try await broker.sessions.user(call)
            #expect(view.claims.members.map(\.name) == ["sub", "name"])
            #expect(view.provider == "demo")
            #expect((1790...1800).contains(view.expiresIn))
        }
    }

    @Test func `claims that do not open under the ring are an outage when the key is missing, and an end when broken`()
        async throws
    {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            let call = SessionUser(handle: signedIn.handle, frontend: "app", slide: false)
            let desk = broker.sessions
            // The octet after format and length is the first one of the key's id.
            try broker.store.change(
                "UPDATE cloakroom.session SET claims = set_byte(claims, 2, get_byte(claims, 2) # 1)")
            #expect(await code { _ = try await desk.user(call) } == .keyUnavailable)
            try broker.store.change(
                """
                UPDATE cloakroom.session SET claims = set_byte(claims, 2, get_byte(claims, 2) # 1);
                UPDATE cloakroom.session SET claims = set_byte(claims, 60, get_byte(claims, 60) # 1)
                """)
            #expect(await code { _ = try await desk.user(call) } == .sessionEnded)
        }
    }

    @Test func `sessions from before the ring's limit are dead`() async throws {
        let keys = try KeyRing.generate()
        let ring = try KeyRing(
            sealing: keys.sealing, active: keys.active, index: keys.index, indexID: keys.indexID,
            sessionsNotBefore: WallClock.now() + 3600)
        try await DeskFixture.with(ring: ring) { broker in
            let signedIn = try await broker.signIn()
            let desk = broker.sessions
            let open = SessionOpen(handle: signedIn.handle, target: "api", frontend: "app")
            #expect(await code { _ = try await desk.open(open) } == .sessionUnknown)
            let user = SessionUser(handle: signedIn.handle, frontend: "app", slide: false)
            #expect(await code { _ = try await desk.user(user) } == .sessionUnknown)
        }
    }

    @Test func `ending names the provider's page, only with the session's own identifier, and twice is once`()
        async throws
    {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            let desk = broker.sessions
            var call = SessionEnd(handle: signedIn.handle, frontend: "app")
            call.logoutID = Base64.encodeURL(PublicID().bytes)
            let wrong = call
            #expect(await code { _ = try await desk.end(wrong) } == .sessionUnknown)
            let user = try await desk.user(SessionUser(handle: signedIn.handle, frontend: "app", slide: false))
            call.logoutID = user.logoutID
            let mark = await broker.ends.mark()
            let reply = try await desk.end(call)
            let url = try #require(reply.logoutURL)
            #expect(url.hasPrefix("https://id.example/end?"))
            #expect(try url.text.contains("state=" + #require(reply.state).text))
            #expect(await broker.ends.ended(signedIn.id, since: mark))
            call.logoutID = nil
            #expect(try await desk.end(call).logoutURL == nil)
            #expect(try broker.store.number("SELECT count(*) FROM cloakroom.revocation_queue") == 1)
        }
    }

    @Test func `a provider that is away does not stop a logout`() async throws {
        try await DeskFixture.with { broker in
            broker.provider.always("/.well-known/openid-configuration", .notSent("down"))
            let signedIn = try await broker.signIn()
            let reply = try await broker.sessions.end(SessionEnd(handle: signedIn.handle, frontend: "app"))
            #expect(reply.logoutURL == nil)
            #expect(try await !broker.isAlive(signedIn))
        }
    }
}

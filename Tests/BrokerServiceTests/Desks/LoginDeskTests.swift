import Bytes
import Crypto
import JSON
import Messages
import OAuth
import Postgres
import Testing

@testable import BrokerService

@Suite struct LoginDeskTests {
    /// A login under way, with a provider that is ready to sign the user in.
    private struct Attempt: Sendable {
        let desk: LoginDesk
        let begun: LoginBegun
        let browser: Digest

        func completion(_ change: (inout LoginComplete) -> Void = { _ in }) throws -> LoginComplete {
            let handle = try #require(Handle(Random.bytes(32)))
            var call = LoginComplete(frontend: "app", browser: [browser], handle: handle, state: begun.state)
            call.code = "code-1"
            change(&call)
            return call
        }
    }

    private func begin(
        _ broker: DeskFixture, subject: ByteString = "ann", nonce: ByteString? = nil, session: Handle? = nil
    ) async throws -> Attempt {
        let browser = try #require(Digest(Random.bytes(32)))
        var call = LoginBegin(frontend: "app", returnTo: "/inbox", browser: browser)
        call.session = session
        let desk = broker.logins
        let begun = try await desk.begin(call)
        let key = try SigningKey.shared()
        broker.provider.always("/keys", json(key.set))
        let idToken = try key.text(
            issuer: DeskFixture.issuer, client: "app", subject: subject, nonce: nonce ?? begun.nonce,
            more: [("name", "Ann"), ("email", "ann@example.org"), ("phone", "1")])
        broker.provider.always("/token", tokens("access-1", refresh: "refresh-1", idToken: idToken))
        return Attempt(desk: desk, begun: begun, browser: browser)
    }

    @Test func `a login goes to the provider with PKCE, state and nonce, and comes back as a session`() async throws {
        try await DeskFixture.with { broker in
            let attempt = try await begin(broker)
            let url = attempt.begun.authorizationURL.text
            #expect(url.hasPrefix("https://id.example/authorize?"))
            for part in [
                "code_challenge_method=S256", "state=" + attempt.begun.state.text, "nonce=" + attempt.begun.nonce.text,
            ] {
                #expect(url.contains(part))
            }
            let call = try attempt.completion()
            let completed = try await attempt.desk.complete(call)
            #expect(completed.returnTo == "/inbox")
            #expect(completed.user.claims.members.map(\.name) == ["sub", "name"])
            let opened = try await broker.sessions.open(
                SessionOpen(handle: call.handle, target: "api", frontend: "app"))
            let token = try await broker.tokens.redeem(TokenRedeem(pass: opened.pass), for: DeskFixture.worker)
            #expect(token.accessToken.reveal() == Array("access-1".utf8))
            #expect(token.claims.members.map(\.name) == ["sub", "email"])
            #expect(broker.provider.count("/token") == 1)
        }
    }

    @Test func `a transaction counts once, in its own browser, frontend and provider`() async throws {
        try await DeskFixture.with { broker in
            let attempt = try await begin(broker)
            let stranger = try #require(Digest(Random.bytes(32)))
            let wrong = [
                try attempt.completion { $0.browser = [stranger] }, try attempt.completion { $0.browser = [] },
                try attempt.completion { $0.frontend = "other" }, try attempt.completion { $0.provider = "other" },
                try attempt.completion { $0.state = Base64.encodeURL(Random.bytes(32)) },
            ]
            for call in wrong {
                #expect(await code { _ = try await attempt.desk.complete(call) } == .transactionUnknown)
            }
            _ = try await attempt.desk.complete(try attempt.completion())
            let again = try attempt.completion()
            #expect(await code { _ = try await attempt.desk.complete(again) } == .transactionUnknown)
            #expect(broker.provider.count("/token") == 1)
        }
    }

    @Test func `what the provider refuses is no session, and says where the login wanted to go`() async throws {
        try await DeskFixture.with { broker in
            let attempt = try await begin(broker)
            let call = try attempt.completion {
                $0.code = nil
                $0.error = "access_denied"
            }
            let error = await #expect(throws: CallError.self) { _ = try await attempt.desk.complete(call) }
            #expect(error?.code == .loginRefused)
            #expect(error?.returnTo == "/inbox")
            #expect(broker.provider.count("/token") == 0)
        }
    }

    @Test func `an ID token of another login, or no answer of use, makes no session`() async throws {
        try await DeskFixture.with { broker in
            let mixedUp = try await begin(broker, nonce: "another")
            let call = try mixedUp.completion()
            #expect(await code { _ = try await mixedUp.desk.complete(call) } == .loginFailed)
            for (reply, expected) in [
                (tokens("access-1"), CallError.Code.loginFailed), (refusal("invalid_grant"), .loginFailed),
                (json([:], status: 503), .providerUnavailable), (.lost("reset"), .providerUnavailable),
            ] {
                let attempt = try await begin(broker)
                broker.provider.always("/token", reply)
                let call = try attempt.completion()
                #expect(await code { _ = try await attempt.desk.complete(call) } == expected)
            }
            #expect(try broker.store.number("SELECT count(*) FROM cloakroom.session") == 0)
        }
    }

    @Test func `an answer of another issuer is not even redeemed`() async throws {
        try await DeskFixture.with { broker in
            let attempt = try await begin(broker)
            let call = try attempt.completion { $0.iss = "https://evil.example" }
            #expect(await code { _ = try await attempt.desk.complete(call) } == .loginFailed)
            #expect(broker.provider.count("/token") == 0)
        }
    }

    @Test func `a login ends the session that it began in, and none other`() async throws {
        try await DeskFixture.with { broker in
            let (before, other) = (try await broker.signIn(), try await broker.signIn())
            let attempt = try await begin(broker, session: before.handle)
            let mark = await broker.ends.mark()
            _ = try await attempt.desk.complete(try attempt.completion())
            #expect(try await !broker.isAlive(before))
            #expect(await broker.ends.ended(before.id, since: mark))
            #expect(try await broker.isAlive(other))
        }
    }

    @Test func `a handle that opens a session already is refused, and that session lives on`() async throws {
        try await DeskFixture.with { broker in
            let other = try await broker.signIn()
            let attempt = try await begin(broker)
            let call = try attempt.completion { $0.handle = other.handle }
            #expect(await code { _ = try await attempt.desk.complete(call) } == .handleInUse)
            #expect(try await broker.isAlive(other))
        }
    }

    @Test func `logins under way are bounded`() async throws {
        try await DeskFixture.with { broker in
            var desk = broker.logins
            desk.transactionLimit = 2
            let limited = desk
            let browser = try #require(Digest(Random.bytes(32)))
            let call = LoginBegin(frontend: "app", returnTo: "/", browser: browser)
            let first = try await limited.begin(call)
            _ = try await limited.begin(call)
            #expect(await code { _ = try await limited.begin(call) } == .unavailable)
            let handle = try #require(Handle(Random.bytes(32)))
            let complete = LoginComplete(frontend: "app", browser: [browser], handle: handle, state: first.state)
            #expect(await code { _ = try await limited.complete(complete) } == .invalidRequest)
            var refused = complete
            refused.error = "access_denied"
            let consumed = refused
            #expect(await code { _ = try await limited.complete(consumed) } == .loginRefused)
            _ = try await limited.begin(call)
        }
    }

    @Test func `a provider that is away is an outage of its own`() async throws {
        try await DeskFixture.with { broker in
            broker.provider.always("/.well-known/openid-configuration", .notSent("down"))
            let browser = try #require(Digest(Random.bytes(32)))
            let desk = broker.logins
            var call = LoginBegin(frontend: "app", returnTo: "/", browser: browser)
            let known = call
            #expect(await code { _ = try await desk.begin(known) } == .providerUnavailable)
            call.provider = "other"
            let unknown = call
            #expect(await code { _ = try await desk.begin(unknown) } == .providerUnknown)
        }
    }
}

import Bytes
import Crypto
import JSON
import Messages
import OAuth
import Platform
import Postgres
import Testing

@testable import BrokerService

@Suite struct TokenDeskTests {
    @Test func `a token that lasts is served with the claims of its target, and nobody is asked`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(300)])
            let pass = try broker.pass(signedIn)
            let token = try await broker.tokens.redeem(TokenRedeem(pass: pass), for: DeskFixture.worker)
            #expect(token.accessToken.reveal() == Array("access-1".utf8))
            #expect(token.session == signedIn.id)
            #expect(token.claims.members.map(\.name) == ["sub", "email"])
            #expect(token.scope == ["openid", "read"])
            #expect((1...20_000).contains(token.passValidMilliseconds))
            #expect(broker.provider.count("/token") == 0)
        }
    }

    @Test func `however many ask for a token that is over, the provider is asked once`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            let gate = Gate()
            broker.provider.script("/token") { _ in
                await gate.pass()
                return tokens("access-2", refresh: "refresh-2")
            }
            let (desk, pass) = (broker.tokens, try broker.pass(signedIn))
            let served = try await withThrowingTaskGroup(of: RedeemedToken.self) { group in
                for _ in 0..<30 {
                    group.addTask { try await desk.redeem(TokenRedeem(pass: pass), for: DeskFixture.worker) }
                }
                await gate.reached()
                await gate.open()
                return try await group.reduce(into: []) { $0.append($1.accessToken.reveal()) }
            }
            #expect(served == Array(repeating: Array("access-2".utf8), count: 30))
            let forms = broker.provider.forms("/token")
            #expect(forms.count == 1)
            #expect(forms.first?.text.contains("refresh_token=refresh-1") == true)
        }
    }

    @Test func `brokers share one refresh through the claim`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            let gate = Gate()
            broker.provider.script("/token") { _ in
                await gate.pass()
                return tokens("access-2", refresh: "refresh-2")
            }
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            async let mine = broker.tokens.redeem(call, for: DeskFixture.worker)
            await gate.reached()
            try await broker.withPeer { peer in
                async let theirs = peer.tokens.redeem(call, for: DeskFixture.worker)
                await gate.open()
                let token = try await theirs
                #expect(token.accessToken.reveal() == Array("access-2".utf8))
            }
            let token = try await mine
            #expect(token.accessToken.reveal() == Array("access-2".utf8))
            #expect(broker.provider.count("/token") == 1)
        }
    }

    @Test func `the next refresh uses the newest refresh token, or the old one when none came`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            broker.provider.script("/token", tokens("access-2", refresh: "refresh-2"))
            broker.provider.script("/token", tokens("access-3"))
            broker.provider.script("/token", tokens("access-4"))
            let (desk, call) = (broker.tokens, TokenRedeem(pass: try broker.pass(signedIn)))
            for expected in ["access-2", "access-3", "access-4"] {
                try broker.store.change("UPDATE cloakroom.access_token SET expires = now() - interval '1 s'")
                let token = try await desk.redeem(call, for: DeskFixture.worker)
                #expect(token.accessToken.reveal() == Array(expected.utf8))
            }
            let used = broker.provider.forms("/token").map { $0.text.contains("refresh_token=refresh-2") }
            #expect(used == [false, true, true])
        }
    }

    @Test func `a lost answer is asked for once more with the same refresh token`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            broker.provider.script("/token", .lost("reset"))
            broker.provider.script("/token", tokens("access-2", refresh: "refresh-2"))
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            let token = try await broker.tokens.redeem(call, for: DeskFixture.worker)
            #expect(token.accessToken.reveal() == Array("access-2".utf8))
            #expect(broker.provider.forms("/token").allSatisfy { $0.text.contains("refresh_token=refresh-1") })
            #expect(broker.provider.count("/token") == 2)
        }
    }

    @Test func `a lost answer is not asked for again where the provider is said to take offence`() async throws {
        var configuration = DeskFixture.configuration()
        configuration.retriesLostAnswer = false
        try await DeskFixture.with(configuration) { broker in
            let signedIn = try await broker.signIn()
            broker.provider.script("/token", .lost("reset"))
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            let (desk, worker) = (broker.tokens, DeskFixture.worker)
            #expect(await code { _ = try await desk.redeem(call, for: worker) } == .refreshFailed)
            #expect(await code { _ = try await desk.redeem(call, for: worker) } == .refreshFailed)
            #expect(broker.provider.count("/token") == 1)
            #expect(try await broker.isAlive(signedIn))
        }
    }

    @Test(
        arguments: [
            .notSent("refused"), json([:], status: 503), json([:]), refusal("invalid_client"), refusal("server_error"),
        ] as [ProviderReply])
    func `no session is lost by an answer that says nothing of its grant`(reply: ProviderReply) async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            broker.provider.always("/token", reply)
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            let (desk, worker) = (broker.tokens, DeskFixture.worker)
            for _ in 0..<3 {
                #expect(await code { _ = try await desk.redeem(call, for: worker) } == .refreshFailed)
            }
            #expect(broker.provider.count("/token") == 1)
            #expect(try await broker.isAlive(signedIn))
        }
    }

    @Test func `invalid_grant ends the session, which is heard at once`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            broker.provider.always("/token", refusal("invalid_grant"))
            let mark = await broker.ends.mark()
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            let (desk, worker) = (broker.tokens, DeskFixture.worker)
            #expect(await code { _ = try await desk.redeem(call, for: worker) } == .sessionEnded)
            #expect(try await !broker.isAlive(signedIn))
            #expect(await broker.ends.ended(signedIn.id, since: mark))
            #expect(await code { _ = try await desk.redeem(call, for: worker) } == .sessionEnded)
            #expect(broker.provider.count("/token") == 1)
        }
    }

    @Test(arguments: ["invalid_target", "invalid_scope"] as [ByteString])
    func `a target that the provider refuses costs neither the session nor the other targets`(
        error: ByteString
    ) async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(-1), "orders": .seconds(-1)])
            broker.provider.script("/token", refusal(error))
            broker.provider.script("/token", tokens("access-2", refresh: "refresh-2"))
            let (desk, worker) = (broker.tokens, DeskFixture.worker)
            let orders = TokenRedeem(pass: try broker.pass(signedIn, "orders"))
            #expect(await code { _ = try await desk.redeem(orders, for: worker) } == .refreshFailed)
            let api = try await desk.redeem(TokenRedeem(pass: try broker.pass(signedIn)), for: worker)
            #expect(api.accessToken.reveal() == Array("access-2".utf8))
            #expect(await code { _ = try await desk.redeem(orders, for: worker) } == .refreshFailed)
            #expect(broker.provider.count("/token") == 2)
            #expect(
                broker.provider.forms("/token").first?.text.contains("resource=https%3A%2F%2Forders.example") == true)
        }
    }

    @Test func `without a refresh token the session ends with its token`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(refreshToken: false)
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            let (desk, worker) = (broker.tokens, DeskFixture.worker)
            #expect(await code { _ = try await desk.redeem(call, for: worker) } == .sessionEnded)
            #expect(try await !broker.isAlive(signedIn))
        }
    }

    @Test func `a target that never had a token and cannot get one does not end the session`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(300)], refreshToken: false)
            let call = TokenRedeem(pass: try broker.pass(signedIn, "orders"))
            let (desk, worker) = (broker.tokens, DeskFixture.worker)
            #expect(await code { _ = try await desk.redeem(call, for: worker) } == .targetDenied)
            #expect(try await broker.isAlive(signedIn))
        }
    }

    @Test func `an answer about someone else ends the session, and its refresh token is revoked`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            let key = try SigningKey.shared()
            broker.provider.always("/keys", json(key.set))
            let idToken = try key.text(issuer: DeskFixture.issuer, client: "app", subject: "mallory", nonce: "n-1")
            broker.provider.script("/token", tokens("access-2", refresh: "refresh-2", idToken: idToken))
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            let (desk, worker) = (broker.tokens, DeskFixture.worker)
            #expect(await code { _ = try await desk.redeem(call, for: worker) } == .sessionEnded)
            #expect(try await !broker.isAlive(signedIn))
            try broker.store.change("UPDATE cloakroom.revocation_queue SET due = now()")
            broker.provider.always("/revoke", json([:]))
            let revoker = Revoker(
                providers: broker.providers, queue: broker.store.revocations, sealer: broker.sealer, log: broker.log)
            await revoker.run()
            let revoked = broker.provider.forms("/revoke").map(\.text).sorted()
            #expect(revoked.count == 2)
            for (form, token) in zip(revoked, ["token=refresh-1", "token=refresh-2"]) { #expect(form.contains(token)) }
        }
    }

    @Test func `an answer survives a database that is away when it comes`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn()
            let store = broker.store
            broker.provider.script("/token") { _ in
                try store.change(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'runtime%'"
                        + " AND datname = current_database()")
                return tokens("access-2", refresh: "refresh-2")
            }
            let desk = broker.tokens
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            _ = await code { _ = try await desk.redeem(call, for: DeskFixture.worker) }
            await desk.settle()
            #expect(try store.number("SELECT generation FROM cloakroom.token_grant") == 2)
            #expect(broker.provider.count("/token") == 1)
        }
    }

    @Test func `settling waits for a refresh in the background`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(30)])
            let gate = Gate()
            broker.provider.script("/token") { _ in
                await gate.pass()
                return tokens("access-2", refresh: "refresh-2")
            }
            let desk = broker.tokens
            let token = try await desk.redeem(TokenRedeem(pass: try broker.pass(signedIn)), for: DeskFixture.worker)
            #expect(token.accessToken.reveal() == Array("access-1".utf8))
            await gate.reached()
            await gate.open()
            await desk.settle()
            #expect(try broker.store.number("SELECT generation FROM cloakroom.token_grant") == 2)
        }
    }

    @Test func `a token that an API refuses is replaced once it has some age, and only while it is current`()
        async throws
    {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(300)], age: .seconds(60))
            broker.provider.always("/token", tokens("access-2", refresh: "refresh-2"))
            let (desk, pass) = (broker.tokens, try broker.pass(signedIn))
            let refused = try #require(Digest(Hash.sha256(Array("access-1".utf8))))
            // The second time it is an old one that is refused; the third time the current one, but too young.
            let young = try #require(Digest(Hash.sha256(Array("access-2".utf8))))
            for fingerprint in [refused, refused, young] {
                let call = TokenRenew(pass: pass, fingerprint: fingerprint)
                let token = try await desk.renew(call, for: DeskFixture.worker)
                #expect(token.accessToken.reveal() == Array("access-2".utf8))
            }
            #expect(broker.provider.count("/token") == 1)
        }
    }

    @Test func `a pass opens nothing but its own target, for a worker that may`() async throws {
        try await DeskFixture.with { broker in
            let signedIn = try await broker.signIn(["api": .seconds(300)])
            let desk = broker.tokens
            let call = TokenRedeem(pass: try broker.pass(signedIn))
            let stranger = WorkerPeer(uid: 2, targets: ["orders"])
            #expect(await code { _ = try await desk.redeem(call, for: stranger) } == .targetDenied)
            let unknown = TokenRedeem(pass: try broker.pass(signedIn, "gone"))
            #expect(await code { _ = try await desk.redeem(unknown, for: DeskFixture.worker) } == .targetDenied)
            let other = Sealer(ring: try KeyRing.generate())
            let contents = PassContents(
                session: signedIn.id.bytes, target: "api", expiry: broker.loop.now + .seconds(9))
            let forged = TokenRedeem(pass: try #require(PassBox(sealer: other).make(contents)))
            #expect(await code { _ = try await desk.redeem(forged, for: DeskFixture.worker) } == .passUnknown)
        }
    }
}

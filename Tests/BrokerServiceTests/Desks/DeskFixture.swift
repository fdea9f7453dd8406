import Bytes
import Crypto
import JSON
import Messages
import OAuth
import Operations
import Platform
import Postgres
import Testing

@testable import BrokerService

/// The desks of a broker over a database of their own and a scripted provider. Tests run on the broker's loop.
struct DeskFixture: Sendable {
    let store: StoreFixture
    let provider: ScriptedProvider
    let sealer: Sealer
    let targets: Targets
    let providers: Providers
    let configuration: ProviderConfiguration
    let ends: EndHub
    let activity: ActivityLog
    let log: Log

    var loop: Loop { store.database.loop }

    static let issuer: ByteString = "https://id.example"

    static func configuration() -> ProviderConfiguration {
        ProviderConfiguration(
            name: "demo", issuer: issuer, client: Client(id: "app", authentication: .basic(Secret("secret"))),
            scopes: ["openid", "read"], redirectURIs: ["default": "https://app.example/bff/callback"],
            postLogoutRedirectURI: "https://app.example/bff/logout/return",
            rules: IDTokenRules(issuer: issuer, clientID: "app"))
    }

    static let metadata: JSONValue = [
        "issuer": .string(issuer), "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/keys",
        "revocation_endpoint": "https://id.example/revoke", "end_session_endpoint": "https://id.example/end",
    ]

    static func with(
        _ configuration: ProviderConfiguration = configuration(), ring: KeyRing? = nil,
        _ body: @escaping @Sendable (DeskFixture) async throws -> Void
    ) async throws {
        let ring = try ring ?? KeyRing.generate()
        try await StoreFixture.with { store in
            let fixture = DeskFixture(store, ScriptedProvider(), configuration, ring)
            try await fixture.run(body)
        }
    }

    private init(
        _ store: StoreFixture, _ provider: ScriptedProvider, _ configuration: ProviderConfiguration, _ ring: KeyRing
    ) {
        self.store = store
        self.provider = provider
        self.configuration = configuration
        let loop = store.database.loop
        log = Log(service: "test", level: .error)
        sealer = Sealer(ring: ring)
        targets = Targets([
            Target(name: "api", provider: "demo", resource: nil, scopes: [], claims: ["email"]),
            Target(name: "orders", provider: "demo", resource: "https://orders.example", scopes: ["read"], claims: []),
        ])
        providers = Providers([Provider(configuration, loop: loop, transport: provider, log: log)])
        ends = EndHub(loop, store: store.ends, bell: Bell(loop), log: log)
        activity = ActivityLog(loop, store: store.sessions, log: log)
        provider.always("/.well-known/openid-configuration", json(Self.metadata))
    }

    private func run(_ body: @escaping @Sendable (DeskFixture) async throws -> Void) async throws {
        try await Task(executorPreference: loop) { try await body(self) }.value
    }

    /// Another broker with the same keys, database and provider.
    func withPeer(_ body: @escaping @Sendable (DeskFixture) async throws -> Void) async throws {
        try await store.withPeer { peer in
            try await DeskFixture(peer, provider, configuration, sealer.ring).run(body)
        }
    }

    // MARK: Desks

    var tokens: TokenDesk {
        TokenDesk(
            loop, providers: providers, targets: targets, sessions: store.sessions, grants: store.grants, ends: ends,
            sealer: sealer, log: log)
    }

    var logins: LoginDesk {
        LoginDesk(
            providers: providers, targets: targets, transactions: store.transactions, sessions: store.sessions,
            ends: ends, sealer: sealer, limits: SessionLimits(idle: .seconds(1800), absolute: .seconds(28_800)),
            visibleClaims: ["sub", "name"], log: log)
    }

    var sessions: SessionDesk {
        SessionDesk(
            providers: providers, targets: targets, sessions: store.sessions, ends: ends, activity: activity,
            sealer: sealer, passes: PassBox(sealer: sealer),
            limits: SessionLimits(idle: .seconds(1800), absolute: .seconds(28_800)), visibleClaims: ["sub", "name"])
    }

    static let worker = WorkerPeer(uid: 1, targets: ["*"])

    // MARK: Sessions

    /// A session with tokens that end after so long, and a refresh token `refresh-1`.
    func signIn(
        _ tokens: [ByteString: Duration] = ["api": .seconds(-1)], refreshToken: Bool = true,
        age: Duration = .seconds(600)
    ) async throws -> SignedIn {
        let now = try await store.brokers.now()
        let signedIn = SignedIn(id: try #require(SessionTag.random()), handle: try #require(Handle(Random.bytes(32))))
        let userKey = sealer.userKey(issuer: Self.issuer, subject: "ann")
        let expires = now + .seconds(28_800)
        let claims = SessionClaims(
            issuer: Self.issuer, subject: "ann", nonce: "n-1",
            claims: JSONObject([("sub", "ann"), ("name", "Ann"), ("email", "ann@example.org")]),
            expires: expires.microseconds)
        let session = NewSession(
            id: signedIn.id, publicID: PublicID(), handle: signedIn.handle, frontend: "app", provider: "demo",
            userKey: userKey,
            claims: sealer.sealed(claims.encoded(), .claims(of: signedIn.id, userKey: userKey, configuration)),
            idle: .seconds(1800), expires: expires)
        let context = SealContext.refreshToken(
            of: signedIn.grant, session: signedIn.id, issuer: Self.issuer, client: "app", generation: 1)
        let grant = NewGrant(
            id: signedIn.grant, issuer: Self.issuer, clientID: "app", subjectKey: userKey, scope: "openid read",
            refreshToken: refreshToken ? sealer.sealed(Array("refresh-1".utf8), context) : nil)
        let drafts = tokens.map { name, left in
            NewToken(
                target: name, token: sealer.sealed(Array("access-1".utf8), accessContext(signedIn, name, 1)),
                scope: "openid read", obtained: now + (.zero - age), expires: now + left)
        }
        _ = try await store.sessions.mint(session, grant, drafts, replacing: nil)
        return signedIn
    }

    private func accessContext(_ signedIn: SignedIn, _ target: ByteString, _ generation: Int64) -> SealContext {
        .accessToken(
            of: signedIn.grant, target: target, session: signedIn.id, issuer: Self.issuer, client: "app",
            generation: generation)
    }

    func pass(_ signedIn: SignedIn, _ target: ByteString = "api") throws -> Pass {
        let contents = PassContents(session: signedIn.id.bytes, target: target, expiry: loop.now + .seconds(20))
        return try #require(PassBox(sealer: sealer).make(contents))
    }

    func isAlive(_ signedIn: SignedIn) async throws -> Bool {
        try await store.sessions.user(signedIn.handle, frontend: "app") != nil
    }
}

struct SignedIn: Sendable {
    let id: SessionTag
    let handle: Handle
    let grant = GrantID()
}

/// A provider's answer with tokens.
func tokens(_ access: ByteString, refresh: ByteString? = nil, lifetime: Int64 = 300, idToken: ByteString? = nil)
    -> ProviderReply
{
    var members: [(ByteString, JSONValue)] = [
        ("access_token", .string(access)), ("token_type", "Bearer"), ("expires_in", .integer(lifetime)),
    ]
    if let refresh { members.append(("refresh_token", .string(refresh))) }
    if let idToken { members.append(("id_token", .string(idToken))) }
    return json(.object(JSONObject(members)))
}

/// A provider's refusal.
func refusal(_ error: ByteString) -> ProviderReply { json(["error": .string(error)], status: 400) }

/// The code of the error that a call is answered with; nil for success.
func code(_ call: () async throws -> Void) async -> CallError.Code? {
    do { try await call() } catch let error as CallError { return error.code } catch { Issue.record(error) }
    return nil
}

import Bytes
import Crypto
import Messages
import Platform
import Postgres
import PostgresTestSupport
import Testing

@testable import BrokerService

/// A migrated database of its own, used as the runtime role, as a broker does.
struct StoreFixture: Sendable {
    let database: Database
    let configuration: PostgresConfiguration
    let superuser: PostgresConfiguration

    var transactions: TransactionStore { TransactionStore(database: database) }
    var sessions: SessionStore { SessionStore(database: database) }
    var grants: GrantStore { GrantStore(database: database) }
    var revocations: RevocationStore { RevocationStore(database: database) }
    var ends: EndStore { EndStore(database: database) }
    var brokers: BrokerStore { BrokerStore(database: database) }

    /// Another broker on the same database.
    func withPeer(_ body: (StoreFixture) async throws -> Void) async throws {
        try await Self.connected(configuration, superuser, body)
    }

    static func with(_ body: (StoreFixture) async throws -> Void) async throws {
        await turnstile.enter()
        do { try await withDatabase(body) } catch {
            await turnstile.leave()
            throw error
        }
        await turnstile.leave()
    }

    /// All tests begin at once; the server has room for so many connections only.
    private static let turnstile = Turnstile(places: 12)

    private static func withDatabase(_ body: (StoreFixture) async throws -> Void) async throws {
        let superuser = try PostgresCluster.shared().makeDatabase()
        let (owner, runtime) = try makeRoles(superuser)
        _ = try Migrations.migrate(owner, runtime: ByteString(runtime.user))
        try await connected(runtime, superuser, body)
    }

    /// An owner and a runtime role for one database.
    static func makeRoles(
        _ superuser: PostgresConfiguration
    ) throws -> (owner: PostgresConfiguration, runtime: PostgresConfiguration) {
        var (owner, runtime) = (superuser, superuser)
        owner.user = "owner_" + superuser.database
        runtime.user = "runtime \"of\" " + superuser.database
        let quoted = runtime.user.replacing("\"", with: "\"\"")
        try ScriptConnection(superuser).script(
            """
            CREATE ROLE \(owner.user) LOGIN; CREATE ROLE "\(quoted)" LOGIN;
            GRANT CREATE ON DATABASE \(superuser.database) TO \(owner.user)
            """)
        return (owner, runtime)
    }

    private static func connected(
        _ runtime: PostgresConfiguration, _ superuser: PostgresConfiguration,
        _ body: (StoreFixture) async throws -> Void
    ) async throws {
        let thread = try LoopThread()
        let database = Database(thread.loop, runtime)
        await database.start()
        do {
            try await body(StoreFixture(database: database, configuration: runtime, superuser: superuser))
        } catch {
            await database.close()
            thread.stopAndJoin()
            throw error
        }
        await database.close()
        thread.stopAndJoin()
    }

    /// One number that a query answers with, seen by the superuser.
    func number(_ sql: String) throws -> Int64 {
        try ScriptConnection(superuser).run(sql).only { (row) throws(PostgresError) in try row.integer() }
    }

    func change(_ sql: String) throws { try ScriptConnection(superuser).script(sql) }

    // MARK: Rows

    func mint(_ login: Login, replacing old: SessionTag? = nil) async throws -> MintOutcome {
        try await sessions.mint(login.session, login.grant, [login.token], replacing: old)
    }

    func open(_ login: Login, frontend: ByteString = "app", target: ByteString = "api") async throws -> OpenSession? {
        try await sessions.open(login.session.handle, frontend: frontend, provider: "demo", target: target)
    }

    func claim(_ login: Login, generation: Int64 = 1, _ claim: ClaimID = ClaimID()) async throws -> ClaimedGrant? {
        try await grants.claim(login.grant.id, generation: generation, claim: claim, for: .seconds(60))
    }
}

/// Lets in only so many at once.
private actor Turnstile {
    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    func enter() async {
        if places == 0 { return await withCheckedContinuation { waiting.append($0) } }
        places -= 1
    }

    func leave() { if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() } }
}

/// What a login brings, with values that tests recognise.
struct Login: Sendable {
    var session: NewSession
    var grant: NewGrant
    var token: NewToken

    init(idle: Duration? = .seconds(1800), lifetime: Duration = .seconds(28_800), refreshToken: Bool = true) throws {
        let now = Timestamp(microseconds: WallClock.microseconds())
        session = NewSession(
            id: try #require(SessionTag.random()), publicID: PublicID(), handle: try #require(Handle(Random.bytes(32))),
            frontend: "app", provider: "demo", userKey: Random.bytes(32), sidKey: nil, claims: sealed("claims"),
            authTime: now, acr: "urn:acr", amr: ["pwd", "otp"], device: "Firefox", idle: idle, expires: now + lifetime)
        grant = NewGrant(
            id: GrantID(), issuer: "https://op.example", clientID: "client", subjectKey: Random.bytes(32),
            scope: "openid read", refreshToken: refreshToken ? sealed("refresh 1") : nil)
        token = NewToken(
            target: "api", token: sealed("access 1"), scope: "read", obtained: now, expires: now + .seconds(300))
    }
}

func sealed(_ text: String) -> Sealed { Sealed(key: "key1", box: Array(text.utf8)) }

internal import Bytes
internal import Operations
internal import Platform
internal import Postgres

/// All parts of the broker, put together.
struct BrokerParts: Sendable {
    let database: Database
    let ends: EndHub
    let activity: ActivityLog
    let logins: LoginDesk
    let sessions: SessionDesk
    let tokens: TokenDesk
    let revoker: Revoker
    let cleaner: Cleaner
    let announcer: Announcer

    init(_ configuration: BrokerConfiguration, _ context: ServiceContext) async throws {
        let (loop, log) = (context.loop, context.log)
        let sealer = Sealer(ring: try KeyRing(path: configuration.keyRing))
        let bell = Bell(loop)
        database = try await Database.connected(
            loop, configuration.postgres, listening: EndStore.listening { _ in bell.assumeIsolated { $0.ring() } },
            log: log)
        let transport = try ProviderHTTP(
            loop, authorities: configuration.authorities, issuers: configuration.providers.map(\.issuer))
        let providers = Providers(
            configuration.providers.map { Provider($0, loop: loop, transport: transport, log: log) })
        let targets = Targets(configuration.targets)
        let store = SessionStore(database: database)
        ends = EndHub(loop, store: EndStore(database: database), bell: bell, log: log)
        activity = ActivityLog(loop, store: store, log: log)
        logins = LoginDesk(
            providers: providers, targets: targets, transactions: TransactionStore(database: database), sessions: store,
            ends: ends, sealer: sealer, limits: configuration.session, visibleClaims: configuration.claims, log: log)
        sessions = SessionDesk(
            providers: providers, targets: targets, sessions: store, ends: ends, activity: activity, sealer: sealer,
            passes: PassBox(sealer: sealer), limits: configuration.session, visibleClaims: configuration.claims)
        tokens = TokenDesk(
            loop, providers: providers, targets: targets, sessions: store, grants: GrantStore(database: database),
            ends: ends, sealer: sealer, log: log)
        revoker = Revoker(
            providers: providers, queue: RevocationStore(database: database), sealer: sealer, log: log)
        cleaner = Cleaner(
            sessions: store, transactions: TransactionStore(database: database), ends: EndStore(database: database),
            log: log)
        announcer = Announcer(
            id: BrokerID(), unit: configuration.unit, keys: sealer.ring.sealing.keys.sorted(),
            store: BrokerStore(database: database), log: log)
    }
}

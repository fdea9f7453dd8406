internal import Bytes
internal import Messages
public import Operations
public import Platform
internal import Postgres
internal import RPC

/// The broker.
///
/// DOES      Owns logins, sessions and grants: starts logins at providers, validates what comes back, mints sessions,
///           issues passes to edges, turns passes into access tokens for workers, refreshes and revokes tokens, and
///           tells edges and workers within a second when a session has ended.
/// TRUSTS    Its configuration, its secret files, and the kernel's word on who is at the other end of a socket. Of an
///           edge it believes what the browser presented (the handle, the callback's parameters), never who the user
///           is. Of a worker it believes nothing: a pass says which token it may have. Of providers it believes what
///           their signature and TLS prove; of the database, what is sealed.
/// HOLDS     Provider credentials, refresh tokens and the keys that seal them. Nobody else does. It has no TCP
///           listener, makes no HTML, sees no cookie, and proxies nothing.
/// LOGS      Logins that fail and why, sessions that providers end, providers and databases that do not answer, peers
///           that are turned away. Never a token, a code, a state, a handle, or who the user is.
public actor BrokerService: Service {
    public typealias Settings = BrokerConfiguration

    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    public nonisolated let drainDeadline: Duration

    private let parts: BrokerParts
    private let edges: RPCServer<EdgeSocket>
    private let workers: RPCServer<WorkerSocket>
    private let log: Log
    private var isStopping = false

    /// Starts it; it answers on its sockets when this returns.
    public static func start(
        _ configuration: BrokerConfiguration, _ context: ServiceContext
    ) async throws -> BrokerService {
        let parts = try await BrokerParts(configuration, context)
        let service = BrokerService(configuration, context, parts)
        try await service.listen(configuration)
        return service
    }

    private init(_ configuration: BrokerConfiguration, _ context: ServiceContext, _ parts: BrokerParts) {
        loop = context.loop
        log = context.log
        drainDeadline = configuration.drain
        self.parts = parts
        let log = context.log
        let told: @Sendable (RPCServerEvent) -> Void = { log.peer($0) }
        edges = RPCServer(
            context.loop, allowed: configuration.edges, build: ByteString(Release.version),
            handler: EdgeSocket(logins: parts.logins, sessions: parts.sessions), told: told)
        let peers = Dictionary(configuration.workers.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
        workers = RPCServer(
            context.loop, allowed: Set(peers.keys), build: ByteString(Release.version),
            handler: WorkerSocket(tokens: parts.tokens, workers: peers), told: told)
    }

    private func listen(_ configuration: BrokerConfiguration) async throws {
        let (edges, workers) = (edges, workers)
        await parts.ends.subscribe { event in try? edges.broadcast(event) }
        await parts.ends.subscribe { event in try? workers.broadcast(event) }
        try await edges.listen(configuration.edgeSocket)
        try await workers.listen(configuration.workerSocket)
        let (parts, announcer) = (parts, parts.announcer)
        Task(executorPreference: loop) { await parts.ends.run() }
        every(.seconds(1)) { await parts.activity.flush() }
        every(.seconds(2)) { await parts.revoker.run() }
        every(.seconds(5)) { await announcer.report() }
        every(.seconds(60)) { await parts.cleaner.run() }
    }

    /// Does something again and again, with a pause in between, until the service stops.
    private func every(_ pause: Duration, _ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: loop) {
            while await !self.isStopping {
                await body()
                await self.loop.sleep(pause)
            }
        }
    }

    /// New settings take a restart: sockets, database and providers are all there is.
    public func reload(_ settings: BrokerConfiguration) async {
        log.warning("reload_needs_restart")
    }

    /// Finishes the calls and refreshes in flight, writes down activity, and leaves.
    public func drain() async {
        isStopping = true
        // What comes after the calls takes time, too.
        let limit = drainDeadline - .seconds(2)
        async let edgesAreGone: Void = edges.drain(within: limit)
        await workers.drain(within: limit)
        await edgesAreGone
        await parts.tokens.settle()
        await parts.ends.stop()
        await parts.activity.flush()
        await parts.announcer.leave()
        await parts.database.close()
    }
}

extension Log {
    /// Who comes and goes at a socket.
    fileprivate func peer(_ event: RPCServerEvent) {
        switch event {
        case .refused(let uid):
            warning("peer_refused") { $0.add("uid", uid) }
        case .connected(let peer):
            info("peer_connected") { line in
                line.add("peer", peer.service.rawValue)
                line.add("uid", peer.uid)
                line.add("build", peer.build)
            }
        case .disconnected(let peer, let fault):
            info("peer_disconnected") { line in
                line.add("peer", peer?.service.rawValue)
                line.add("reason", "\(fault)")
            }
        }
    }
}

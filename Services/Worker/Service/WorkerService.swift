internal import Bytes
internal import HTTPClient
public import Operations
public import Platform
internal import RPC

/// The worker, on one of its loops. To edges each loop is a worker of its own: it has its own socket, tokens and
/// connections to upstreams.
///
/// DOES      Carries API calls from edges to upstreams: matches the route again, turns the pass into an access token,
///           checks what the route requires of it, cleans the fields in both directions, streams the bodies.
/// TRUSTS    Its configuration and routes, the kernel's word on who is at the other end of a socket, and the broker's
///           word on tokens, scopes and claims. Not the edge: method, path, fields and body are checked again. Not the
///           upstream: an answer that is not strictly HTTP ends the exchange and its connection.
/// HOLDS     Access tokens of sessions in use, for as long as their passes last (at most 30 s). No cookie, no handle,
///           no refresh token, no database.
/// SHOWS     Counters of exchanges by status, of refusals and of upstreams that fail, and how long exchanges take.
/// LOGS      Upstreams that fail and how, the broker coming and going, peers that are turned away. Never a token, a
///           field's value, a query or a body.
public actor WorkerService: Service {
    public typealias Settings = WorkerConfiguration

    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    public nonisolated let drainDeadline: Duration

    private let log: Log
    private let tokens: TokenCache
    private let proxy: ProxyDesk
    private let server: RPCServer<ProxyDesk>

    /// Starts one on every loop; they answer on their sockets when this returns.
    public static func start(
        _ configuration: WorkerConfiguration, _ context: ServiceContext
    ) async throws -> ServiceGroup<WorkerService> {
        let group = try await ServiceGroup.start(context) { number, context in
            let service = try WorkerService(configuration, context)
            try await service.begin(configuration.edgeSocket(loop: number))
            return service
        }
        // Edges need not wait for the loops that an earlier process may have had.
        for number in 1...LoopGroup.most where number > context.loops.count {
            Sockets.removeUnix(configuration.edgeSocket(loop: number))
        }
        return group
    }

    private init(_ configuration: WorkerConfiguration, _ context: ServiceContext) throws(SystemError) {
        let (loop, log) = (context.loop, context.log)
        self.loop = loop
        self.log = log
        drainDeadline = configuration.drain
        tokens = TokenCache(loop, path: configuration.brokerSocket, broker: configuration.broker, log: log)
        var upstream = HTTPClientConfiguration()
        // One edge may have as many exchanges as it gets, and another one its share besides: none waits for a connection.
        upstream.connectionsPerOrigin = 2 * RPCServer<ProxyDesk>.defaultLimit
        upstream.caFile = configuration.authorities
        let client = try HTTPClient(loop, upstream)
        proxy = ProxyDesk(
            loop, client: client, tokens: tokens, routes: configuration.routes,
            journal: ExchangeJournal(log, context.metrics))
        server = RPCServer(
            loop, allowed: configuration.edges, build: ByteString(Release.version), handler: proxy,
            told: { log.peer($0) })
    }

    private func begin(_ socket: String) async throws {
        await tokens.start()
        try await server.listen(socket)
        log.info("listening") { $0.add("socket", socket) }
    }

    /// Whether it can get tokens.
    var isReady: Bool { get async { await tokens.isConnected } }

    /// Takes over new routes; everything else takes a restart.
    public func reload(_ settings: WorkerConfiguration) async { await proxy.replaceRoutes(settings.routes) }

    /// Takes no new exchange, finishes those in flight, and leaves.
    public func drain() async {
        await server.drain(within: drainDeadline - .seconds(2))
        await tokens.stop()
    }
}

extension Log {
    /// Who comes and goes at the socket.
    fileprivate func peer(_ event: RPCServerEvent) {
        switch event {
        case .refused(let uid): warning("peer_refused") { $0.add("uid", uid) }
        case .connected(let peer): info("edge_connected") { $0.add("uid", peer.uid) }
        case .disconnected(_, let fault): info("edge_disconnected") { $0.add("reason", "\(fault)") }
        }
    }
}

internal import Bytes
internal import HTTPServer
internal import Messages
public import Operations
internal import Platform
internal import RPC
internal import Session

/// `cloakroom-edge`: the process that browsers talk to.
///
/// **Does**: speaks HTTP/1.1 with browsers, serves each frontend's files, runs logins and logouts through the broker,
/// and passes API calls through a worker.
///
/// **Trusts**: the kernel's word for the uids of broker and worker. Of a browser it believes nothing but a cookie whose
/// session the broker knows; CSRF header and fetch metadata are checked before that. Host picks the frontend among the
/// configured ones; forwarded fields are ignored, but for the client's address when a configured proxy names it.
///
/// **Holds**: cookies while a request is served, and passes of active sessions for at most 30 s. No token, no
/// credential of a provider, no database; after it has begun to listen it cannot make a socket to anywhere but Unix
/// sockets.
///
/// **Logs**: `request` (one line each, without query and fields), `request_rejected`, `broker_connected`, `broker_lost`,
/// `worker_connected`, `worker_lost`, `worker_gone`, `connections_refused`, `connections_evicted`, `listening`.
public actor EdgeService: Service {
    public typealias Settings = EdgeSettings

    nonisolated let context: ServiceContext
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe context.loop.asUnownedSerialExecutor() }
    private let broker: RPCClient<EdgeBroker>
    private let workers: WorkerPool
    private let gateway: Gateway
    private let browsers: HTTPServer
    private let operations: HTTPServer
    private let state: EdgeState

    /// Connects, listens, and gives up the right to make other sockets.
    public static func start(_ settings: EdgeSettings, _ context: ServiceContext) async throws -> EdgeService {
        try ProcessHardening.raiseDescriptorLimit()
        let service = EdgeService(settings, context)
        try await service.listen(settings)
        try ProcessHardening.refuseInternetSockets()
        service.connect()
        return service
    }

    private init(_ settings: EdgeSettings, _ context: ServiceContext) {
        let loop = context.loop
        let state = EdgeState()
        let subscriber = BrokerSubscriber(context.log)
        let broker = RPCClient<EdgeBroker>(
            loop, path: settings.brokerSocket, server: settings.brokerUID, build: ByteString(Release.version)
        ) { subscriber.heard($0) }
        let desk = RemoteBroker(client: broker)
        let cache = SessionCache(loop, broker: desk)
        subscriber.subscribe(cache)
        let workers = WorkerPool(
            loop, directory: settings.workerDirectory, allowed: settings.workerUIDs, log: context.log)
        let logouts = UnfinishedLogouts(loop, broker: desk)
        let limits = ClientLimits(settings.limits, context.metrics)
        let endpoints = Endpoints(
            login: LoginEndpoint(broker: desk, limits: limits),
            callback: CallbackEndpoint(broker: desk, limits: limits),
            user: UserEndpoint(broker: desk, cache: cache),
            logout: LogoutEndpoint(broker: desk, cache: cache, unfinished: logouts), files: FileEndpoint(loop: loop),
            proxy: ProxyHandler(
                cache: cache, workers: workers,
                limits: CallerLimits(exchanges: settings.limits.exchangesPerSession, context.metrics)))
        gateway = Gateway(
            loop, tables: settings.tables, endpoints: endpoints, journal: AccessJournal(context.log, context.metrics),
            proxies: settings.proxies, limits: limits)
        browsers = HTTPServer(
            loop, limits: settings.connections, handler: gateway, told: ConnectionJournal(context).note)
        operations = HTTPServer(
            loop,
            handler: OperationsHandler(metrics: context.metrics) {
                if state.isDraining { return "draining" }
                if await !broker.isConnected { return "no connection to the broker" }
                return await workers.isAvailable ? nil : "no connection to a worker"
            })
        self.context = context
        self.broker = broker
        self.workers = workers
        self.state = state
    }

    private func listen(_ settings: EdgeSettings) async throws {
        for (server, address, name) in [
            (operations, settings.operations, "operations"), (browsers, settings.listen, "browsers"),
        ] {
            let bound = try await server.serve(try Self.listener(address, for: name))
            context.log.info("listening") { line in
                line.add("for", name)
                line.add("address", (bound ?? address).description)
            }
        }
    }

    private static func listener(_ address: SocketAddress, for name: String) throws(ListenError) -> FileDescriptor {
        do throws(SystemError) { return try Sockets.listen(address) } catch {
            throw ListenError(key: name == "operations" ? "operations" : "listen", error: error)
        }
    }

    private nonisolated func connect() {
        Task(executorPreference: context.loop) { [broker] in await broker.run() }
        Task(executorPreference: context.loop) { [workers] in await workers.run() }
    }

    /// Takes over routes and frontends; addresses and sockets need a new process.
    public func reload(_ settings: EdgeSettings) async { gateway.replace(settings.tables) }

    public func drain() async {
        state.isDraining = true
        await browsers.drain(within: drainDeadline - .seconds(2))
        await operations.drain(within: .milliseconds(100))
        await workers.close()
        await broker.close()
    }
}

/// Why the edge cannot listen, and where its address comes from.
private struct ListenError: Error, CustomStringConvertible {
    let key: String
    let error: SystemError

    var description: String {
        switch error.code {
        case SystemError.addressInUse: "\(error) — stop whoever has it, or set another `\(key)`"
        case SystemError.accessDenied: "\(error) — set `\(key)` to a port from 1024 on, or grant CAP_NET_BIND_SERVICE"
        default: "\(error) — set another `\(key)`"
        }
    }
}

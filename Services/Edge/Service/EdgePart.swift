internal import Bytes
internal import HTTPServer
internal import Messages
internal import Operations
internal import Platform
internal import RPC

/// The edge on one of its loops: its own connections to broker and workers, its own passes, its own browsers.
actor EdgePart: Service {
    typealias Settings = EdgeSettings

    private nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private let broker: RPCClient<EdgeBroker>
    private let workers: WorkerPool
    private let gateway: Gateway
    private let browsers: HTTPServer

    init(_ settings: EdgeSettings, _ context: ServiceContext, _ state: EdgeState) {
        let loop = context.loop
        let subscriber = BrokerSubscriber(context.log)
        let broker = RPCClient<EdgeBroker>(
            loop, path: settings.brokerSocket, server: settings.brokerUID, build: ByteString(Release.version)
        ) { subscriber.heard($0) }
        let desk = RemoteBroker(client: broker)
        let cache = SessionCache(loop, broker: desk)
        subscriber.subscribe(cache)
        state.caches.add(cache)
        let workers = WorkerPool(
            loop, directory: settings.workerDirectory, allowed: settings.workerUIDs, log: context.log)
        let logouts = UnfinishedLogouts(loop, broker: desk)
        let endpoints = Endpoints(
            login: LoginEndpoint(broker: desk, limits: state.clients),
            callback: CallbackEndpoint(broker: desk, limits: state.clients),
            user: UserEndpoint(broker: desk, cache: cache),
            logout: LogoutEndpoint(broker: desk, cache: cache, caches: state.caches, unfinished: logouts),
            files: FileEndpoint(loop: loop), proxy: ProxyHandler(cache: cache, workers: workers, limits: state.callers))
        gateway = Gateway(
            loop, tables: settings.tables, endpoints: endpoints, journal: AccessJournal(context.log, context.metrics),
            proxies: settings.proxies, limits: state.clients)
        browsers = HTTPServer(
            loop, limits: settings.connections, handler: gateway, group: state.browsers,
            told: ConnectionJournal(context).note)
        self.loop = loop
        self.broker = broker
        self.workers = workers
    }

    /// Connects to broker and workers, and takes browsers' connections from the listener.
    func serve(_ listener: consuming FileDescriptor) async throws(SystemError) {
        Task(executorPreference: loop) { [broker] in await broker.run() }
        Task(executorPreference: loop) { [workers] in await workers.run() }
        try await browsers.serve(listener)
    }

    /// Why it cannot serve now; nil when it can.
    var obstacle: ByteString? {
        get async {
            if await !broker.isConnected { return "no connection to the broker" }
            return await workers.isAvailable ? nil : "no connection to a worker"
        }
    }

    func reload(_ settings: EdgeSettings) { gateway.replace(settings.tables) }

    func drain() async {
        await browsers.drain(within: drainDeadline - .seconds(2))
        await workers.close()
        await broker.close()
    }
}

internal import Bytes
internal import HTTPServer
public import Operations
internal import Platform

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
/// `broker_unreachable`, `worker_connected`, `worker_lost`, `worker_unreachable`, `worker_gone`, `peer_refused`,
/// `connections_refused`, `connections_evicted`, `listening`.
public actor EdgeService: Service {
    public typealias Settings = EdgeSettings

    nonisolated let context: ServiceContext
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe context.loop.asUnownedSerialExecutor() }
    private let parts: ServiceGroup<EdgePart>
    private let operations: HTTPServer
    private let state: EdgeState

    /// Listens, gives up the right to make other sockets, and begins to serve on every loop.
    public static func start(_ settings: EdgeSettings, _ context: ServiceContext) async throws -> EdgeService {
        try ProcessHardening.raiseDescriptorLimit()
        let operations = try listener(settings.operations, for: "operations", context.log)
        let browsers = try listener(settings.listen, for: "browsers", context.log)
        try ProcessHardening.refuseInternetSockets()
        let state = EdgeState(settings.limits, context.metrics)
        let raw = browsers.rawValue
        let parts = try await ServiceGroup.start(context) { _, context in
            let part = EdgePart(settings, context, state)
            try await part.serve(FileDescriptor(duplicating: raw))
            return part
        }
        // Each part has a duplicate, and closes it when it drains.
        _ = consume browsers
        let service = EdgeService(context, parts, state)
        try await service.operations.serve(operations)
        return service
    }

    private init(_ context: ServiceContext, _ parts: ServiceGroup<EdgePart>, _ state: EdgeState) {
        self.context = context
        self.parts = parts
        self.state = state
        operations = HTTPServer(
            context.loop,
            handler: OperationsHandler(metrics: context.metrics) {
                if state.isDraining { return "draining" }
                for part in parts.parts { if let obstacle = await part.obstacle { return obstacle } }
                return nil
            })
    }

    private static func listener(
        _ address: SocketAddress, for name: String, _ log: Log
    ) throws(ListenError) -> FileDescriptor {
        do throws(SystemError) {
            let listener = try Sockets.listen(address)
            log.info("listening") { line in
                line.add("for", name)
                line.add("address", (Sockets.localAddress(listener.rawValue) ?? address).description)
            }
            return listener
        } catch {
            throw ListenError(key: name == "operations" ? "operations" : "listen", error: error)
        }
    }

    /// Takes over routes and frontends; addresses and sockets need a new process.
    public func reload(_ settings: EdgeSettings) async { await parts.reload(settings) }

    public func drain() async {
        state.isDraining = true
        await parts.drain()
        await operations.drain(within: .milliseconds(100))
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

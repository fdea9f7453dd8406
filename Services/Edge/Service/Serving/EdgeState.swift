internal import Bytes
internal import HTTPServer
internal import Messages
internal import Operations
internal import Platform
internal import RPC
internal import Synchronization

/// What the loops of the process have in common. Of these a request touches the limits alone, each behind a lock that
/// is held for a look into a table.
final class EdgeState: Sendable {
    let browsers = HTTPServerGroup()
    let caches = SessionCaches()
    let clients: ClientLimits
    let callers: CallerLimits
    private let draining = Atomic<Bool>(false)

    init(_ limits: EdgeLimits, _ metrics: Metrics) {
        clients = ClientLimits(limits, metrics)
        callers = CallerLimits(exchanges: limits.exchangesPerSession, metrics)
    }

    var isDraining: Bool {
        get { draining.load(ordering: .relaxed) }
        set { draining.store(newValue, ordering: .relaxed) }
    }
}

/// The session caches of all loops. A logout reaches each of them, whatever the broker can do at the moment.
final class SessionCaches: Sendable {
    private let caches = Mutex<[SessionCache]>([])

    func add(_ cache: SessionCache) { caches.withLock { $0.append(cache) } }

    /// From now on the session is refused in this process.
    func refuse(_ handle: Handle) async {
        for cache in caches.withLock({ $0 }) { await cache.refuse(handle) }
    }
}

/// Passes on what the broker says, in its order, on the loop.
final class BrokerSubscriber: Sendable {
    private let log: Log
    private let cache = Mutex<SessionCache?>(nil)
    private let outage = Outage()

    init(_ log: Log) { self.log = log }

    func subscribe(_ cache: SessionCache) { self.cache.withLock { $0 = cache } }

    func heard(_ event: RPCClientEvent<BrokerEvent>) {
        cache.withLock { $0 }?.assumeIsolated { $0.heard(event) }
        switch event {
        case .connected:
            outage.end()
            log.info("broker_connected")
        case .disconnected(let fault): log.warning("broker_lost") { $0.add("reason", "\(fault)") }
        case .connectFailed(let fault):
            guard outage.begin(ByteString("\(fault)")) else { return }
            log.warning("broker_unreachable") { $0.add("reason", "\(fault)") }
        case .event: break
        }
    }
}

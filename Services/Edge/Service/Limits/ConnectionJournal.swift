internal import Bytes
internal import HTTPServer
internal import Operations
internal import Platform
internal import Synchronization

/// What is counted and logged of browsers' connections.
final class ConnectionJournal: Sendable {
    private let log: Log
    private let connections: Gauge
    private let refused: Counter
    private let evicted: Counter
    /// When something was last logged: a flood would fill the log.
    private let logged = Mutex<[ByteString: Instant]>([:])

    private static let pause: Duration = .seconds(10)

    init(_ context: ServiceContext) {
        log = context.log
        connections = context.metrics.gauge("cloakroom_edge_connections", "Connections of browsers now.")
        refused = context.metrics.counter(
            "cloakroom_edge_connections_refused_total", "Connections beyond what one client may have.")
        evicted = context.metrics.counter(
            "cloakroom_edge_connections_evicted_total", "Connections without a request, closed to make room for others."
        )
    }

    func note(_ event: HTTPServerEvent) {
        switch event {
        case .count(let count): connections.set(Int64(count))
        case .refused(let client):
            refused.increment()
            guard isNews("refused") else { return }
            log.warning("connections_refused") { line in
                line.add("client", client.host)
                line.add("total", refused.value)
            }
        case .evicted(let count):
            evicted.increment(by: UInt64(count))
            guard isNews("evicted") else { return }
            log.warning("connections_evicted") { $0.add("total", evicted.value) }
        }
    }

    private func isNews(_ event: ByteString) -> Bool {
        let now = Instant.now()
        return logged.withLock { logged in
            if let last = logged[event], now < last + Self.pause { return false }
            logged[event] = now
            return true
        }
    }
}

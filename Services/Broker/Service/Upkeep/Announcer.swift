internal import Bytes
internal import Operations
internal import Postgres

/// Tells the other brokers that this one lives and which keys it holds.
struct Announcer: Sendable {
    let id: BrokerID
    let unit: ByteString
    let keys: [ByteString]
    let store: BrokerStore
    let log: Log

    func report() async {
        do throws(PostgresError) { try await store.report(id, unit: unit, keys: keys) } catch {
            log.warning("report_failed") { $0.add("reason", "\(error)") }
        }
    }

    func leave() async { try? await store.remove(id) }
}

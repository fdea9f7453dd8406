internal import Messages
internal import Operations
internal import Postgres

/// Removes what is over: sessions (whose tokens are queued for revocation), logins that nobody finished, ends that
/// everyone has heard. Bounded steps, safe with many brokers.
struct Cleaner: Sendable {
    let sessions: SessionStore
    let transactions: TransactionStore
    let ends: EndStore
    let log: Log

    static let page: Int64 = 1000
    /// Longer than any subscriber can be without word and still trust what it has.
    static let endMemory: Duration = .seconds(3600)

    func run() async {
        do throws(PostgresError) {
            while try await transactions.removeExpired(limit: Self.page) == Self.page {}
            while try await ends.remove(olderThan: Self.endMemory, limit: Self.page) == Self.page {}
            try await removeSessions()
        } catch { log.warning("cleanup_failed") { $0.add("reason", "\(error)") } }
    }

    private func removeSessions() async throws(PostgresError) {
        var cursor: SessionTag?
        var removed = 0
        repeat {
            let step = try await sessions.removeExpired(after: cursor, limit: Self.page)
            removed += step.removed
            cursor = step.next
        } while cursor != nil
        if removed > 0 { log.info("sessions_expired") { $0.add("count", removed) } }
    }
}

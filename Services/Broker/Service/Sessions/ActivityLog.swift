internal import Messages
internal import Operations
internal import Platform
internal import Postgres

/// Collects which sessions were active and writes it down once a second, many at a time: activity must not cost a
/// write for each request.
actor ActivityLog {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let store: SessionStore
    private let log: Log
    private var active: Set<SessionTag> = []

    /// Most sessions in one statement.
    static let batch = 5000
    /// Most sessions remembered while the database is away; the others slide at their next request.
    static let limit = 200_000

    init(_ loop: Loop, store: SessionStore, log: Log) {
        self.loop = loop
        self.store = store
        self.log = log
    }

    func note(_ session: SessionTag) { if active.count < Self.limit { active.insert(session) } }

    /// Writes what was noted; what could not be written is kept for the next time.
    func flush() async {
        while !active.isEmpty {
            let part = Array(active.prefix(Self.batch))
            active.subtract(part)
            do throws(PostgresError) { try await store.touch(part) } catch {
                for session in part { note(session) }
                return log.warning("activity_unwritten") { $0.add("reason", "\(error)") }
            }
        }
    }
}

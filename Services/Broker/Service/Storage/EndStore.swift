internal import Bytes
internal import Messages
internal import Postgres

/// How far a reader of ends has come. Sequence numbers become visible out of order, so it is a transaction number:
/// whatever was not visible at the last reading is at or after it.
struct EndCursor: Hashable, Sendable {
    let transaction: UInt64
}

/// The end of a session, as others hear of it.
struct SessionEndNote: Hashable, Sendable {
    var session: SessionTag
    var sequence: Int64
    var reason: ByteString
}

/// The ends read, and where to go on.
struct EndPage: Sendable {
    var ends: [SessionEndNote]
    /// Where the rest of this reading begins; nil when the page holds all of it.
    var rest: EndCursor?
    /// Where the next reading begins, once this one is complete.
    var next: EndCursor
}

/// Ends of sessions. A notification says only "look"; it is sent after the commit that ended something, by itself, so
/// that busy commits do not queue up behind it. Every broker also looks every 200 ms, so that is what a
/// notification that was never sent costs at most.
struct EndStore: Sendable {
    let database: Database

    /// Heard by all brokers when sessions have ended.
    static let channel: ByteString = "cloakroom_session_end"

    /// What the database's listening connection listens to.
    static func listening(_ handler: @escaping @Sendable (Listening.Event) -> Void) -> Listening {
        Listening([channel], handler)
    }

    /// Far more than end in one transaction.
    static let pageSize = 10_000

    /// The ends that a reader may not have seen: everything committed since `cursor`, some perhaps again.
    func since(_ cursor: EndCursor, limit: Int = pageSize) async throws(PostgresError) -> EndPage {
        let rows = try await database.run(Self.since(.transaction(cursor.transaction), .integer(Int64(limit))))
        var (next, last) = (cursor, cursor)
        let notes = try rows.map { (row) throws(PostgresError) in
            next = EndCursor(transaction: try row.transaction())
            last = EndCursor(transaction: try row.transaction())
            return try Self.note(&row)
        }
        let ends = notes.compactMap { $0 }
        return EndPage(ends: ends, rest: ends.count == limit && last != cursor ? last : nil, next: next)
    }

    /// The row of an outer join: nil when there are no ends.
    private static func note(_ row: inout Row) throws(PostgresError) -> SessionEndNote? {
        let (session, sequence) = (try row.optionalSession(), try row.optionalInteger())
        let reason = try row.optionalText()
        guard let session, let sequence, let reason else { return nil }
        return SessionEndNote(session: session, sequence: sequence, reason: reason)
    }

    static let since = Statement(
        "end_since", .reads,
        """
        SELECT here.cursor, coalesce(e.transaction, here.cursor), e.session_id, e.sequence, e.reason
        FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS cursor) AS here
        LEFT JOIN (
            SELECT * FROM cloakroom.session_end WHERE transaction >= $1 ORDER BY transaction, sequence LIMIT $2
        ) AS e ON true
        """)

    /// Where a reader begins that knows no sessions yet.
    func now() async throws(PostgresError) -> EndCursor {
        try await database.run(Self.now()).only { (row) throws(PostgresError) in
            EndCursor(transaction: try row.transaction())
        }
    }

    static let now = Statement("end_now", .reads, "SELECT pg_snapshot_xmin(pg_current_snapshot())")

    /// Tells all brokers to look. To be batched: once for all the ends of some 50 ms.
    func announce() async throws(PostgresError) {
        _ = try await database.run(Self.announce(.text(Self.channel)))
    }

    static let announce = Statement("end_announce", .writes, "SELECT pg_notify($1, '')")

    /// Removes ends that nobody can have missed any more, at most so many; returns how many.
    func remove(olderThan age: Duration, limit: Int64) async throws(PostgresError) -> Int {
        try await database.run(Self.remove(.duration(age), .integer(limit))).count
    }

    static let remove = Statement(
        "end_remove", .writes,
        """
        DELETE FROM cloakroom.session_end WHERE sequence = ANY (ARRAY(
            SELECT sequence FROM cloakroom.session_end WHERE ended < now() - $1 * interval '1 microsecond'
            ORDER BY ended LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING 1
        """)
}

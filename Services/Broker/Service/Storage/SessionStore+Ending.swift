internal import Bytes
internal import Messages
internal import Postgres

/// A session that has just ended, with what its logout at the provider needs.
struct EndedSession: Hashable, Sendable {
    var id: SessionTag
    var publicID: PublicID
    var frontend: ByteString
    var provider: ByteString
    var issuer: ByteString
    var clientID: ByteString
    var userKey: [UInt8]
    var claims: Sealed
    /// Of its row in `session_end`.
    var sequence: Int64

    static func read(_ row: inout Row) throws(PostgresError) -> EndedSession {
        EndedSession(
            id: try row.session(), publicID: try row.identifier(), frontend: try row.text(), provider: try row.text(),
            issuer: try row.text(), clientID: try row.text(), userKey: try row.bytes(), claims: try row.sealed(),
            sequence: try row.integer())
    }
}

extension SessionStore {
    /// Ends the session of a handle, also one that is over: its rows are deleted, its tokens queued for revocation.
    /// `publicID`, when given, must be the session's own. Nil when there is no such session. Who ended a session
    /// announces it (`EndStore.announce`).
    func end(
        _ handle: Handle, frontend: ByteString, publicID: PublicID?, reason: ByteString
    ) async throws(PostgresError) -> EndedSession? {
        let command = Self.endByHandle(
            .bytes(Self.hash(of: handle)), .text(reason), .text(frontend), .bytes(publicID?.bytes))
        return try await database.run(command).first(EndedSession.read)
    }

    static let endByHandle = Statement(
        "session_end_by_handle", .writes,
        """
        WITH victim AS (
            DELETE FROM cloakroom.session s USING cloakroom.session_handle h
            WHERE h.handle_hash = $1 AND s.id = h.session_id AND s.frontend = $3 AND ($4 IS NULL OR s.public_id = $4)
            RETURNING s.*, $2 AS reason),
        \(revoking), \(noting)
        """)

    /// Ends a session by its id; the frontend must be its own.
    func end(
        _ session: SessionTag, frontend: ByteString, reason: ByteString
    ) async throws(PostgresError) -> EndedSession? {
        let command = Self.endByID(.bytes(session.bytes), .text(reason), .text(frontend))
        return try await database.run(command).first(EndedSession.read)
    }

    static let endByID = Statement(
        "session_end_by_id", .writes,
        """
        WITH victim AS (
            DELETE FROM cloakroom.session s WHERE s.id = $1 AND s.frontend = $3 RETURNING s.*, $2 AS reason),
        \(revoking), \(noting)
        """)

    // The rest of a statement whose `victim` are deleted sessions. Everyone locks in this order: session, grant,
    // token. The grants are deleted here, not by the foreign key, because that returns their newest version: a refresh
    // that commits meanwhile is waited for, and what it stored is revoked.

    /// Deletes the grants and queues what the provider is to be told: the refresh token, or the access tokens of a
    /// grant without one. A refresh under way is waited for.
    static let revoking = """
        gone_grant AS (
            DELETE FROM cloakroom.token_grant g USING victim v WHERE g.session_id = v.id RETURNING g.*),
        gone_token AS (
            DELETE FROM cloakroom.access_token a USING gone_grant g WHERE a.grant_id = g.id RETURNING a.*),
        queued AS (
            INSERT INTO cloakroom.revocation_queue (provider, issuer, client_id, grant_id, target, generation, token,
                token_key, subject_key, session_id, owner_key, due)
            SELECT g.provider, g.issuer, g.client_id, g.id, NULL, g.generation, g.refresh_token, g.refresh_key,
                g.subject_key, g.session_id, g.owner_key, greatest(clock_timestamp(), g.claim_until)
            FROM gone_grant g WHERE g.refresh_token IS NOT NULL
            UNION ALL
            SELECT g.provider, g.issuer, g.client_id, g.id, a.target, a.generation, a.token, a.token_key,
                g.subject_key, g.session_id, g.owner_key, clock_timestamp()
            FROM gone_token a JOIN gone_grant g ON g.id = a.grant_id
            WHERE g.refresh_token IS NULL AND a.expires > clock_timestamp()),
        audited AS (
            INSERT INTO cloakroom.audit_event (kind, frontend, provider, session_id, user_key, reason)
            SELECT 'session.ended', frontend, provider, id, user_key, reason FROM victim)
        """

    /// Notes the ends for other brokers and answers with `EndedSession`s.
    static let noting = """
        noted AS (
            INSERT INTO cloakroom.session_end (session_id, reason) SELECT id, reason FROM victim
            RETURNING session_id, sequence)
        SELECT v.id, v.public_id, v.frontend, v.provider, v.issuer, v.client_id, v.user_key, v.claims, v.claims_key,
            n.sequence
        FROM victim v JOIN noted n ON n.session_id = v.id
        """

    // MARK: Cleanup

    /// Removes sessions that are over among the next `limit` after `cursor` in the order of ids, and queues their
    /// tokens for revocation. Returns how many, and where to go on; nil after the last one. Safe with many brokers.
    /// The ids pass through arrays, here as in other such statements: a generic plan takes a LIMIT for a tenth of the
    /// table and would read all of it, while an array means an index.
    func removeExpired(
        after cursor: SessionTag?, limit: Int64
    ) async throws(PostgresError) -> (removed: Int, next: SessionTag?) {
        let rows = try await database.run(Self.expire(.bytes(cursor?.bytes ?? []), .integer(limit)))
        return try rows.only { (row) throws(PostgresError) in
            let removed = Int(try row.integer())
            let (looked, last) = (try row.integer(), try row.optionalSession())
            return (removed, looked < limit ? nil : last)
        }
    }

    static let expire = Statement(
        "session_expire", .writes,
        """
        WITH page AS (SELECT id FROM cloakroom.session WHERE id > $1 ORDER BY id LIMIT $2),
        victim AS (
            DELETE FROM cloakroom.session WHERE id = ANY (ARRAY(
                SELECT s.id FROM cloakroom.session s
                WHERE s.id = ANY (ARRAY(SELECT id FROM page)) AND NOT (\(isAlive)) FOR UPDATE SKIP LOCKED))
            RETURNING *, 'expired' AS reason),
        \(revoking)
        SELECT (SELECT count(*) FROM victim), (SELECT count(*) FROM page),
            (SELECT id FROM page ORDER BY id DESC LIMIT 1)
        """)
}

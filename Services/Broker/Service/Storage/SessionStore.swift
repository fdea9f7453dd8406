internal import Bytes
internal import Crypto
internal import Messages
internal import Postgres

/// Sessions: opened by a handle, touched by activity, minted by a login, ended.
struct SessionStore: Sendable {
    let database: Database

    /// What the database knows of a handle, so that a dump opens nothing.
    static func hash(of handle: Handle) -> [UInt8] { Hash.sha256(handle.bytes) }

    // MARK: Opening

    /// The live session of a handle, with the grant at `provider` and its token for `target`. Nil when there is none:
    /// unknown, of another frontend, ended, or over.
    func open(
        _ handle: Handle, frontend: ByteString, provider: ByteString, target: ByteString
    ) async throws(PostgresError) -> OpenSession? {
        let rows = try await database.run(
            Self.open(.bytes(Self.hash(of: handle)), .text(provider), .text(target), .text(frontend)))
        return try rows.first(OpenSession.read)
    }

    /// The same by the session's id, for who has opened it before.
    func reopen(
        _ session: SessionTag, provider: ByteString, target: ByteString
    ) async throws(PostgresError) -> OpenSession? {
        let rows = try await database.run(Self.reopen(.bytes(session.bytes), .text(provider), .text(target)))
        return try rows.first(OpenSession.read)
    }

    static let open = Statement(
        "session_open", .reads,
        """
        SELECT \(openColumns)
        FROM cloakroom.session_handle h JOIN cloakroom.session s ON s.id = h.session_id \(openJoins)
        WHERE h.handle_hash = $1 AND (h.expires IS NULL OR h.expires > now()) AND s.frontend = $4 AND \(isAlive)
        """)

    static let reopen = Statement(
        "session_reopen", .reads,
        "SELECT \(openColumns) FROM cloakroom.session s \(openJoins) WHERE s.id = $1 AND \(isAlive)")

    private static let openColumns =
        "\(StoredSession.columns), \(StoredGrant.columns), \(StoredToken.columns), clock_timestamp()"

    private static let openJoins = """
        LEFT JOIN cloakroom.token_grant g ON g.session_id = s.id AND g.provider = $2
        LEFT JOIN cloakroom.access_token a ON a.grant_id = g.id AND a.target = $3
        LEFT JOIN cloakroom.target_pause p ON p.grant_id = g.id AND p.target = $3 AND p.until > now()
        """

    static let isAlive =
        "s.expires > now() AND (s.idle IS NULL OR s.last_seen + s.idle * interval '1 microsecond' > now())"

    /// The live session of a handle, by itself.
    func user(
        _ handle: Handle, frontend: ByteString
    ) async throws(PostgresError) -> (session: StoredSession, now: Timestamp)? {
        let rows = try await database.run(Self.user(.bytes(Self.hash(of: handle)), .text(frontend)))
        return try rows.first { (row) throws(PostgresError) in (try StoredSession.read(&row), try row.timestamp()) }
    }

    static let user = Statement(
        "session_user", .reads,
        """
        SELECT \(StoredSession.columns), clock_timestamp()
        FROM cloakroom.session_handle h JOIN cloakroom.session s ON s.id = h.session_id
        WHERE h.handle_hash = $1 AND (h.expires IS NULL OR h.expires > now()) AND s.frontend = $2 AND \(isAlive)
        """)

    /// Notes that sessions were active: of those, the ones that are alive and whose last note is older than a tenth of
    /// their idle time, at most 60 s. Rows that someone else works on are left out; the next activity comes soon.
    func touch(_ sessions: [SessionTag]) async throws(PostgresError) {
        guard !sessions.isEmpty else { return }
        _ = try await database.run(Self.touch(.bytesArray(sessions.map(\.bytes))))
    }

    static let touch = Statement(
        "session_touch", .writes,
        """
        UPDATE cloakroom.session SET last_seen = clock_timestamp() WHERE id = ANY (ARRAY(
            SELECT s.id FROM cloakroom.session s WHERE s.id = ANY ($1) AND \(isAlive)
                AND s.last_seen < now() - least(interval '60 s', coalesce(s.idle / 10, 60000000) * interval '1 microsecond')
            FOR NO KEY UPDATE SKIP LOCKED))
        """)
}

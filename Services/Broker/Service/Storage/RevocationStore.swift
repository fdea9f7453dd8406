internal import Bytes
internal import Messages
internal import Postgres

/// A token that the provider is to revoke, with all that its box is bound to.
struct Revocation: Hashable, Sendable {
    var provider: ByteString
    var issuer: ByteString
    var clientID: ByteString
    var grant: GrantID
    /// The owner of the grant.
    var session: SessionTag?
    var ownerKey: [UInt8]?
    var subjectKey: [UInt8]
    /// Nil: it is the grant's refresh token; else the access token for this target.
    var target: ByteString?
    var generation: Int64
    var token: Sealed

    /// The refresh token of an answer to a claimed grant, sealed at its next generation.
    init(refreshTokenOf grant: ClaimedGrant, sealed: Sealed) {
        provider = grant.provider
        issuer = grant.issuer
        clientID = grant.clientID
        self.grant = grant.id
        session = grant.session
        ownerKey = grant.ownerKey
        subjectKey = grant.subjectKey
        generation = grant.nextGeneration
        token = sealed
    }

    static let columns = """
        provider, issuer, client_id, grant_id, session_id, owner_key, subject_key, target, generation, token, token_key
        """

    init(_ row: inout Row) throws(PostgresError) {
        provider = try row.text()
        issuer = try row.text()
        clientID = try row.text()
        grant = try row.identifier()
        session = try row.optionalSession()
        ownerKey = try row.optionalBytes()
        subjectKey = try row.bytes()
        target = try row.optionalText()
        generation = try row.integer()
        token = try row.sealed()
    }
}

/// A revocation that its caller is to carry out before its lease ends; then someone else would.
struct QueuedRevocation: Hashable, Sendable {
    var id: Int64
    var revocation: Revocation
    /// How often it was taken, this time included.
    var attempts: Int64
    var created: Timestamp
    var now: Timestamp
}

/// The durable queue of tokens to revoke.
struct RevocationStore: Sendable {
    let database: Database

    /// Queues a token, for tokens of an answer that is not kept.
    func add(_ revocation: Revocation) async throws(PostgresError) {
        _ = try await database.run(Self.command(Self.insert, revocation))
    }

    /// Queues the token if its grant is gone; answers with a row then.
    static func insertOrphan(_ revocation: Revocation) -> Command { command(insertOrphan, revocation) }

    private static func command(_ statement: Statement, _ revocation: Revocation) -> Command {
        statement(
            .text(revocation.provider), .text(revocation.issuer), .text(revocation.clientID),
            .bytes(revocation.grant.bytes), .bytes(revocation.session?.bytes), .bytes(revocation.ownerKey),
            .bytes(revocation.subjectKey), .text(revocation.target), .integer(revocation.generation),
            .bytes(revocation.token.box), .text(revocation.token.key))
    }

    static let insert = Statement(
        "revocation_insert", .writes,
        """
        INSERT INTO cloakroom.revocation_queue (\(Revocation.columns))
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """)

    static let insertOrphan = Statement(
        "revocation_insert_orphan", .writes,
        """
        INSERT INTO cloakroom.revocation_queue (\(Revocation.columns))
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
        WHERE NOT EXISTS (SELECT FROM cloakroom.token_grant WHERE id = $4)
        RETURNING id
        """)

    /// Takes revocations that are due, at most so many, for the length of a lease.
    func take(limit: Int64, lease: Duration) async throws(PostgresError) -> [QueuedRevocation] {
        let rows = try await database.run(Self.take(.integer(limit), .duration(lease)))
        return try rows.map { (row) throws(PostgresError) in
            QueuedRevocation(
                id: try row.integer(), revocation: try Revocation(&row), attempts: try row.integer(),
                created: try row.timestamp(), now: try row.timestamp())
        }
    }

    static let take = Statement(
        "revocation_take", .writes,
        """
        UPDATE cloakroom.revocation_queue
        SET attempts = attempts + 1, due = clock_timestamp() + $2 * interval '1 microsecond'
        WHERE id = ANY (ARRAY(
            SELECT id FROM cloakroom.revocation_queue WHERE due <= clock_timestamp()
            ORDER BY due LIMIT $1 FOR UPDATE SKIP LOCKED))
        RETURNING id, \(Revocation.columns), attempts, created, clock_timestamp()
        """)

    /// The provider has revoked it, or never will.
    func finish(_ revocation: QueuedRevocation) async throws(PostgresError) {
        _ = try await database.run(Self.finish(.integer(revocation.id)))
    }

    static let finish = Statement(
        "revocation_finish", .writes, "DELETE FROM cloakroom.revocation_queue WHERE id = $1")

    /// The provider could not be asked; again after a while, unless the lease has ended and someone else has it.
    func retry(
        _ revocation: QueuedRevocation, after delay: Duration, error: ByteString
    ) async throws(PostgresError) {
        _ = try await database.run(
            Self.retry(.integer(revocation.id), .integer(revocation.attempts), .duration(delay), .text(error)))
    }

    static let retry = Statement(
        "revocation_retry", .writes,
        """
        UPDATE cloakroom.revocation_queue
        SET due = clock_timestamp() + $3 * interval '1 microsecond', last_error = $4
        WHERE id = $1 AND attempts = $2
        """)
}

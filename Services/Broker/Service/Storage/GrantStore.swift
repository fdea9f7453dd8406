internal import Bytes
internal import Messages
internal import Postgres

/// A grant that its caller has claimed: for the length of the claim nobody else asks the provider.
struct ClaimedGrant: Hashable, Sendable {
    var id: GrantID
    var claim: ClaimID
    var session: SessionTag?
    /// The owner of a connection.
    var ownerKey: [UInt8]?
    var provider: ByteString
    var issuer: ByteString
    var clientID: ByteString
    var subjectKey: [UInt8]
    var scope: ByteString
    var refreshToken: Sealed
    /// To which the refresh token is bound; what the answer brings is bound to `nextGeneration`.
    var generation: Int64
    /// This one included.
    var attempts: Int64
    var claimedUntil: Timestamp
    var now: Timestamp

    var nextGeneration: Int64 { generation &+ 1 }
}

/// What a refresh has brought, sealed at the claimed grant's `nextGeneration`.
struct RefreshedTokens: Sendable {
    /// The new refresh token, or the old one sealed anew when the provider sent none.
    var refreshToken: Sealed
    var token: NewToken
}

enum CommitOutcome: Hashable, Sendable {
    case committed
    /// Another answer for the same generation was stored first. The tokens of this one are to be forgotten, not
    /// revoked: a provider may end the whole grant with them.
    case superseded
    /// The session has ended meanwhile; the new tokens are queued for revocation.
    case gone
}

/// Refreshing: claim, ask the provider, then exactly one of commit, release, end.
struct GrantStore: Sendable {
    let database: Database

    // MARK: Claim

    /// Claims a grant for `duration` from now and counts the attempt; both are committed when this returns. Nil when
    /// the generation has moved on, someone else holds a claim, the provider is left alone, or the grant is gone:
    /// then read the row again. The holder of `claim` may claim again to retry an answer that got lost.
    func claim(
        _ grant: GrantID, generation: Int64, claim: ClaimID, for duration: Duration
    ) async throws(PostgresError) -> ClaimedGrant? {
        let rows = try await database.run(
            Self.claim(.bytes(grant.bytes), .integer(generation), .bytes(claim.bytes), .duration(duration)))
        return try rows.first { (row) throws(PostgresError) in
            ClaimedGrant(
                id: grant, claim: claim, session: try row.optionalSession(), ownerKey: try row.optionalBytes(),
                provider: try row.text(), issuer: try row.text(), clientID: try row.text(),
                subjectKey: try row.bytes(), scope: try row.text(), refreshToken: try row.sealed(),
                generation: try row.integer(), attempts: try row.integer(), claimedUntil: try row.timestamp(),
                now: try row.timestamp())
        }
    }

    static let claim = Statement(
        "grant_claim", .writes,
        """
        UPDATE cloakroom.token_grant
        SET claim = $3, claim_until = clock_timestamp() + $4 * interval '1 microsecond', attempts = attempts + 1,
            retry_at = NULL
        WHERE id = $1 AND generation = $2 AND refresh_token IS NOT NULL
            AND (claim IS NULL OR claim = $3 OR claim_until <= clock_timestamp())
            AND (retry_at IS NULL OR retry_at <= clock_timestamp())
        RETURNING session_id, owner_key, provider, issuer, client_id, subject_key, scope, refresh_token, refresh_key,
            generation, attempts, claim_until, clock_timestamp()
        """)

    // MARK: Success

    /// Stores what the provider answered, if no other answer for this generation was stored before; the claim may
    /// have run out. When this returns `.committed`, the new refresh token is durable.
    func commit(
        _ grant: ClaimedGrant, _ tokens: RefreshedTokens, scope: ByteString
    ) async throws(PostgresError) -> CommitOutcome {
        let revocation = Revocation(refreshTokenOf: grant, sealed: tokens.refreshToken)
        let results = try await database.atomically([
            Self.commit(grant, tokens, scope), RevocationStore.insertOrphan(revocation),
        ])
        guard results.count == 2 else { throw .outcomeUnknown }
        return results[0].count > 0 ? .committed : results[1].count > 0 ? .gone : .superseded
    }

    private static func commit(_ grant: ClaimedGrant, _ tokens: RefreshedTokens, _ scope: ByteString) -> Command {
        commit(
            .bytes(grant.id.bytes), .integer(grant.generation), .bytes(tokens.refreshToken.box),
            .text(tokens.refreshToken.key), .text(scope), .text(tokens.token.target), .bytes(tokens.token.token.box),
            .text(tokens.token.token.key), .text(tokens.token.scope), .timestamp(tokens.token.obtained),
            .timestamp(tokens.token.expires))
    }

    static let commit = Statement(
        "grant_commit", .writes,
        """
        WITH moved AS (
            UPDATE cloakroom.token_grant
            SET refresh_token = $3, refresh_key = $4, scope = $5, generation = generation + 1, claim = NULL,
                claim_until = NULL, attempts = 0, retry_at = NULL, last_error = NULL, refreshed = clock_timestamp()
            WHERE id = $1 AND generation = $2
            RETURNING id, generation)
        INSERT INTO cloakroom.access_token (grant_id, target, token, token_key, generation, scope, obtained, expires)
        SELECT id, $6, $7, $8, generation, $9, $10, $11 FROM moved
        ON CONFLICT (grant_id, target) DO UPDATE
        SET token = excluded.token, token_key = excluded.token_key, generation = excluded.generation,
            scope = excluded.scope, obtained = excluded.obtained, expires = excluded.expires
        RETURNING grant_id
        """)

    // MARK: Failure

    /// Lets go of the claim without an answer of use and leaves the provider alone until `retryAt`.
    func release(_ grant: ClaimedGrant, retryAt: Timestamp?, error: ByteString) async throws(PostgresError) {
        _ = try await database.run(Self.release(grant, retryAt: retryAt, attempts: grant.attempts, error: error))
    }

    /// Lets go of the claim because the provider refuses this target. The attempts are taken back, and only the
    /// target is left alone.
    func release(
        _ grant: ClaimedGrant, refused target: ByteString, until: Timestamp, error: ByteString
    ) async throws(PostgresError) {
        _ = try await database.atomically([
            Self.release(grant, retryAt: nil, attempts: 0, error: error),
            Self.pause(.bytes(grant.id.bytes), .text(target), .timestamp(until), .text(error)),
        ])
    }

    private static func release(
        _ grant: ClaimedGrant, retryAt: Timestamp?, attempts: Int64, error: ByteString
    ) -> Command {
        release(
            .bytes(grant.id.bytes), .integer(grant.generation), .bytes(grant.claim.bytes), .timestamp(retryAt),
            .integer(attempts), .text(error))
    }

    static let release = Statement(
        "grant_release", .writes,
        """
        UPDATE cloakroom.token_grant
        SET claim = NULL, claim_until = NULL, retry_at = $4, attempts = $5, last_error = $6
        WHERE id = $1 AND generation = $2 AND claim = $3
        """)

    static let pause = Statement(
        "target_pause", .writes,
        """
        INSERT INTO cloakroom.target_pause (grant_id, target, until, error)
        SELECT id, $2, $3, $4 FROM cloakroom.token_grant WHERE id = $1 FOR KEY SHARE
        ON CONFLICT (grant_id, target) DO UPDATE SET until = excluded.until, error = excluded.error
        """)

    /// Ends the session of a grant whose refresh the provider refused for good, only while generation and claim are
    /// still the caller's. Nil when they are not: another answer was better, or the session has ended already.
    func endSession(of grant: ClaimedGrant, reason: ByteString) async throws(PostgresError) -> EndedSession? {
        let results = try await database.atomically([
            Self.lockSession(.bytes(grant.id.bytes)),
            Self.endByClaim(
                .bytes(grant.id.bytes), .text(reason), .integer(grant.generation), .bytes(grant.claim.bytes)),
        ])
        return try results.last?.first(EndedSession.read)
    }

    /// Everyone locks the session before its grants.
    static let lockSession = Statement(
        "grant_lock_session", .writes,
        """
        SELECT 1 FROM cloakroom.session
        WHERE id = (SELECT session_id FROM cloakroom.token_grant WHERE id = $1) FOR UPDATE
        """)

    static let endByClaim = Statement(
        "grant_end_session", .writes,
        """
        WITH mine AS (
            SELECT session_id FROM cloakroom.token_grant
            WHERE id = $1 AND generation = $3 AND claim = $4 FOR UPDATE),
        victim AS (
            DELETE FROM cloakroom.session s USING mine m WHERE s.id = m.session_id RETURNING s.*, $2 AS reason),
        \(SessionStore.revoking), \(SessionStore.noting)
        """)
}

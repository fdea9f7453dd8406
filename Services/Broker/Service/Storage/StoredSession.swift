internal import Bytes
internal import Messages
internal import OAuth
internal import Postgres

/// A session as it is stored.
struct StoredSession: Hashable, Sendable {
    var id: SessionTag
    var publicID: PublicID
    var frontend: ByteString
    var provider: ByteString
    var issuer: ByteString
    var clientID: ByteString
    /// The blind key of (issuer, subject).
    var userKey: [UInt8]
    /// The blind key of (issuer, the provider's session id).
    var sidKey: [UInt8]?
    var claims: Sealed
    var authTime: Timestamp?
    var acr: ByteString?
    var amr: [ByteString]
    var device: ByteString?
    var created: Timestamp
    var lastSeen: Timestamp
    /// How long it lives without activity.
    var idle: Duration?
    /// When it is over at the latest.
    var expires: Timestamp

    /// How long it lives on if nothing happens.
    func remaining(at now: Timestamp) -> Duration {
        let absolute = expires - now
        guard let idle else { return absolute }
        return min(absolute, lastSeen + idle - now)
    }

    static let columns = """
        s.id, s.public_id, s.frontend, s.provider, s.issuer, s.client_id, s.user_key, s.sid_key, s.claims, s.claims_key,
        s.auth_time, s.acr, s.amr, s.device, s.created, s.last_seen, s.idle, s.expires
        """

    static func read(_ row: inout Row) throws(PostgresError) -> StoredSession {
        StoredSession(
            id: try row.session(), publicID: try row.identifier(), frontend: try row.text(), provider: try row.text(),
            issuer: try row.text(), clientID: try row.text(), userKey: try row.bytes(), sidKey: try row.optionalBytes(),
            claims: try row.sealed(),
            authTime: try row.optionalTimestamp(), acr: try row.optionalText(), amr: try row.textArray(),
            device: try row.optionalText(), created: try row.timestamp(), lastSeen: try row.timestamp(),
            idle: try row.optionalDuration(), expires: try row.timestamp())
    }
}

/// Where the authorization of a session stands, as seen by one target.
struct StoredGrant: Hashable, Sendable {
    var id: GrantID
    var issuer: ByteString
    var clientID: ByteString
    var generation: Int64
    var hasRefreshToken: Bool
    var attempts: Int64
    var claimedUntil: Timestamp?
    var retryAt: Timestamp?
    /// Until when this target is left alone.
    var targetPausedUntil: Timestamp?

    /// For the refresh machine, with times since 1970 by the database's clock.
    var snapshot: GrantSnapshot {
        GrantSnapshot(
            hasRefreshToken: hasRefreshToken, attempts: Int(attempts), claimedUntil: claimedUntil?.sinceEpoch,
            retryAt: retryAt?.sinceEpoch)
    }

    static let columns = """
        g.id, g.issuer, g.client_id, g.generation, g.refresh_key, g.attempts, g.claim_until, g.retry_at, p.until
        """

    /// Nil when an outer join found none.
    static func read(_ row: inout Row) throws(PostgresError) -> StoredGrant? {
        let id: GrantID? = try row.optionalIdentifier()
        let issuer = try row.optionalText()
        let client = try row.optionalText()
        let generation = try row.optionalInteger()
        let key = try row.optionalText()
        let attempts = try row.optionalInteger()
        let (claimed, retry, paused) = (
            try row.optionalTimestamp(), try row.optionalTimestamp(), try row.optionalTimestamp()
        )
        guard let id, let issuer, let client, let generation, let attempts else { return nil }
        return StoredGrant(
            id: id, issuer: issuer, clientID: client, generation: generation, hasRefreshToken: key != nil,
            attempts: attempts, claimedUntil: claimed, retryAt: retry, targetPausedUntil: paused)
    }
}

/// An access token of one grant and target.
struct StoredToken: Hashable, Sendable {
    var token: Sealed
    /// The grant's generation that brought it, to which it is bound.
    var generation: Int64
    var scope: ByteString
    var obtained: Timestamp
    var expires: Timestamp

    var snapshot: TokenSnapshot { TokenSnapshot(obtainedAt: obtained.sinceEpoch, expiresAt: expires.sinceEpoch) }

    static let columns = "a.token, a.token_key, a.generation, a.scope, a.obtained, a.expires"

    /// Nil when an outer join found none.
    static func read(_ row: inout Row) throws(PostgresError) -> StoredToken? {
        let token = try row.optionalSealed()
        let generation = try row.optionalInteger()
        let scope = try row.optionalText()
        let (obtained, expires) = (try row.optionalTimestamp(), try row.optionalTimestamp())
        guard let token, let generation, let scope, let obtained, let expires else { return nil }
        return StoredToken(token: token, generation: generation, scope: scope, obtained: obtained, expires: expires)
    }
}

/// A live session with what one target needs of it.
struct OpenSession: Hashable, Sendable {
    var session: StoredSession
    var grant: StoredGrant?
    var token: StoredToken?
    /// The database's time of this answer.
    var now: Timestamp

    static func read(_ row: inout Row) throws(PostgresError) -> OpenSession {
        OpenSession(
            session: try StoredSession.read(&row), grant: try StoredGrant.read(&row), token: try StoredToken.read(&row),
            now: try row.timestamp())
    }
}

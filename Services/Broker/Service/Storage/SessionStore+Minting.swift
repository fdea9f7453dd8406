internal import Bytes
internal import Messages
internal import Postgres

/// A session that a login has earned.
struct NewSession: Sendable {
    var id: SessionTag
    var publicID: PublicID
    var handle: Handle
    var frontend: ByteString
    var provider: ByteString
    var userKey: [UInt8]
    var sidKey: [UInt8]?
    var claims: Sealed
    var authTime: Timestamp?
    var acr: ByteString?
    var amr: [ByteString] = []
    var device: ByteString?
    var idle: Duration?
    var expires: Timestamp
}

/// The authorization that came with it, at generation 1.
struct NewGrant: Sendable {
    static let generation: Int64 = 1

    var id: GrantID
    var issuer: ByteString
    var clientID: ByteString
    var subjectKey: [UInt8]
    var scope: ByteString
    /// Nil when the provider gave none: the session has its access token until that expires.
    var refreshToken: Sealed?
}

/// An access token for one target.
struct NewToken: Sendable {
    var target: ByteString
    var token: Sealed
    var scope: ByteString
    var obtained: Timestamp
    var expires: Timestamp
}

enum MintOutcome: Hashable, Sendable {
    /// The session is there; `replaced` is the one that ended for it.
    case minted(replaced: EndedSession?)
    /// The handle opens a session already; nothing has changed.
    case handleInUse
}

extension SessionStore {
    /// Stores a new session with its handle, grant and tokens, and ends the one it takes the place of: all of it or
    /// nothing. Who ended a session announces it (`EndStore.announce`).
    func mint(
        _ session: NewSession, _ grant: NewGrant, _ tokens: [NewToken], replacing old: SessionTag?
    ) async throws(PostgresError) -> MintOutcome {
        let ending = old.map { [Self.endByID(.bytes($0.bytes), .text("replaced"), .text(session.frontend))] } ?? []
        let making = [Self.insert(grant, of: session)] + tokens.map { Self.insert($0, of: grant) }
        let commands = ending + Self.insert(session, grant) + making
        do {
            let results = try await database.atomically(commands)
            return .minted(replaced: try ending.isEmpty ? nil : results.first?.first(EndedSession.read))
        } catch .refused(let error) where error.constraint == "session_handle_pkey" {
            return .handleInUse
        }
    }

    private static func insert(_ session: NewSession, _ grant: NewGrant) -> [Command] {
        [
            insertSession(
                .bytes(session.id.bytes), .bytes(session.publicID.bytes), .text(session.frontend),
                .text(session.provider), .text(grant.issuer), .text(grant.clientID), .bytes(session.userKey),
                .bytes(session.sidKey), .bytes(session.claims.box),
                .text(session.claims.key), .timestamp(session.authTime), .text(session.acr), .textArray(session.amr),
                .text(session.device), .duration(session.idle), .timestamp(session.expires)),
            insertHandle(.bytes(hash(of: session.handle)), .bytes(session.id.bytes)),
        ]
    }

    static let insertSession = Statement(
        "session_insert", .writes,
        """
        WITH made AS (
            INSERT INTO cloakroom.session (id, public_id, frontend, provider, issuer, client_id, user_key, sid_key,
                claims, claims_key, auth_time, acr, amr, device, idle, expires)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            RETURNING id, frontend, provider, user_key)
        INSERT INTO cloakroom.audit_event (kind, frontend, provider, session_id, user_key)
        SELECT 'session.started', frontend, provider, id, user_key FROM made
        """)

    static let insertHandle = Statement(
        "handle_insert", .writes, "INSERT INTO cloakroom.session_handle (handle_hash, session_id) VALUES ($1, $2)")

    private static func insert(_ grant: NewGrant, of session: NewSession) -> Command {
        insertGrant(
            .bytes(grant.id.bytes), .bytes(session.id.bytes), .text(session.provider), .text(grant.issuer),
            .text(grant.clientID), .bytes(grant.subjectKey), .text(grant.scope), .bytes(grant.refreshToken?.box),
            .text(grant.refreshToken?.key), .integer(NewGrant.generation))
    }

    static let insertGrant = Statement(
        "grant_insert", .writes,
        """
        INSERT INTO cloakroom.token_grant (id, session_id, provider, issuer, client_id, subject_key, scope,
            refresh_token, refresh_key, generation)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """)

    private static func insert(_ token: NewToken, of grant: NewGrant) -> Command {
        insertToken(
            .bytes(grant.id.bytes), .text(token.target), .bytes(token.token.box), .text(token.token.key),
            .integer(NewGrant.generation), .text(token.scope), .timestamp(token.obtained), .timestamp(token.expires))
    }

    static let insertToken = Statement(
        "token_insert", .writes,
        """
        INSERT INTO cloakroom.access_token (grant_id, target, token, token_key, generation, scope, obtained, expires)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """)
}

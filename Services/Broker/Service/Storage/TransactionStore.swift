internal import Bytes
internal import Crypto
internal import Messages
internal import Postgres

/// Login transactions: made when a login begins, consumed once when the browser comes back.
struct TransactionStore: Sendable {
    let database: Database

    /// What the row is known by and its secrets are bound to.
    static func id(ofState state: ByteString) -> [UInt8] { Hash.sha256(state.bytes) }

    /// Stores a transaction. `session`: the handle that the browser came with; what it opens now is remembered.
    func begin(
        state: ByteString, browser: Digest, session: Handle?, _ transaction: LoginTransaction, lifetime: Duration
    ) async throws(PostgresError) {
        _ = try await database.run(
            Self.insert(
                .bytes(Self.id(ofState: state)), .bytes(browser.bytes), .text(transaction.frontend),
                .text(transaction.provider), .text(transaction.issuer), .text(transaction.clientID),
                .text(transaction.intent.rawValue),
                .bytes(session.map { SessionStore.hash(of: $0) }), .text(transaction.redirectURI),
                .text(transaction.returnTo), .bytes(transaction.secrets.box), .text(transaction.secrets.key),
                .duration(lifetime)))
    }

    static let insert = Statement(
        "transaction_insert", .writes,
        """
        INSERT INTO cloakroom.login_transaction (state_hash, browser_hash, frontend, provider, issuer, client_id,
            intent, session_id, redirect_uri, return_to, secrets, secrets_key, expires)
        VALUES ($1, $2, $3, $4, $5, $6, $7,
            (SELECT s.id FROM cloakroom.session_handle h JOIN cloakroom.session s ON s.id = h.session_id
             WHERE h.handle_hash = $8 AND s.frontend = $3),
            $9, $10, $11, $12, clock_timestamp() + $13 * interval '1 microsecond')
        """)

    /// Takes a transaction out: of any number of callers one gets it. Nil when there is none of this state, browser,
    /// frontend and (if the callback names one) provider, or when it is over; a foreign browser consumes nothing.
    func consume(
        state: ByteString, browser: [Digest], frontend: ByteString, provider: ByteString?
    ) async throws(PostgresError) -> ConsumedTransaction? {
        let rows = try await database.run(
            Self.delete(
                .bytes(Self.id(ofState: state)), .bytesArray(browser.map(\.bytes)), .text(frontend), .text(provider)))
        return try rows.first(ConsumedTransaction.read) ?? nil
    }

    static let delete = Statement(
        "transaction_delete", .writes,
        """
        DELETE FROM cloakroom.login_transaction
        WHERE state_hash = $1 AND browser_hash = ANY ($2) AND frontend = $3 AND ($4 IS NULL OR provider = $4)
        RETURNING frontend, provider, issuer, client_id, intent, redirect_uri, return_to, secrets, secrets_key,
            browser_hash, session_id, created, clock_timestamp(), expires > clock_timestamp()
        """)

    /// How many there are, counted up to a limit.
    func count(upTo limit: Int64) async throws(PostgresError) -> Int64 {
        try await database.run(Self.count(.integer(limit))).only { (row) throws(PostgresError) in try row.integer() }
    }

    static let count = Statement(
        "transaction_count", .reads,
        "SELECT count(*) FROM (SELECT FROM cloakroom.login_transaction LIMIT $1) AS counted")

    /// Removes transactions that are over, at most so many; returns how many.
    func removeExpired(limit: Int64) async throws(PostgresError) -> Int {
        try await database.run(Self.expire(.integer(limit))).count
    }

    static let expire = Statement(
        "transaction_expire", .writes,
        """
        DELETE FROM cloakroom.login_transaction WHERE state_hash = ANY (ARRAY(
            SELECT state_hash FROM cloakroom.login_transaction WHERE expires <= now()
            ORDER BY expires LIMIT $1 FOR UPDATE SKIP LOCKED))
        RETURNING 1
        """)
}

/// What a login is for.
enum TransactionIntent: ByteString, Sendable {
    case login
    case stepUp = "step_up"
    case connect
}

/// What is remembered between sending the browser away and its return.
struct LoginTransaction: Hashable, Sendable {
    var frontend: ByteString
    var provider: ByteString
    var issuer: ByteString
    var clientID: ByteString
    var intent: TransactionIntent
    var redirectURI: ByteString
    var returnTo: ByteString
    /// Nonce, code verifier and what was asked for.
    var secrets: Sealed
}

/// A transaction that its browser has brought back.
struct ConsumedTransaction: Hashable, Sendable {
    var transaction: LoginTransaction
    /// SHA-256 of the cookie's value, to which the secrets are bound.
    var browser: [UInt8]
    /// The session that began it.
    var session: SessionTag?
    var created: Timestamp
    var now: Timestamp

    /// Nil for one that is over.
    static func read(_ row: inout Row) throws(PostgresError) -> ConsumedTransaction? {
        let frontend = try row.text()
        let provider = try row.text()
        let issuer = try row.text()
        let client = try row.text()
        guard let intent = TransactionIntent(rawValue: try row.text()) else { throw .unreadable(column: 4) }
        let transaction = LoginTransaction(
            frontend: frontend, provider: provider, issuer: issuer, clientID: client, intent: intent,
            redirectURI: try row.text(), returnTo: try row.text(), secrets: try row.sealed())
        let consumed = ConsumedTransaction(
            transaction: transaction, browser: try row.bytes(), session: try row.optionalSession(),
            created: try row.timestamp(), now: try row.timestamp())
        return try row.boolean() ? consumed : nil
    }
}

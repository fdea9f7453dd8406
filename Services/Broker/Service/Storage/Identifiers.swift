internal import Bytes
internal import Crypto
internal import Messages
internal import Postgres

/// 16 random bytes that name a row. `Kind` keeps the names of different tables apart.
struct Identifier<Kind>: Hashable, Sendable {
    let bytes: [UInt8]

    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// A new one.
    init() { bytes = Random.bytes(16) }
}

/// A row of `token_grant`.
typealias GrantID = Identifier<StoredGrant>
/// Who has claimed a grant.
typealias ClaimID = Identifier<ClaimedGrant>
/// The name of a session that its own browser may see.
typealias PublicID = Identifier<StoredSession>
/// A running broker.
typealias BrokerID = Identifier<LiveBroker>

extension SessionTag {
    /// A new one. The tag is the session's id in the database.
    static func random() -> SessionTag? { SessionTag(Random.bytes(16)) }
}

extension Row {
    mutating func session() throws(PostgresError) -> SessionTag { try checked(SessionTag(try bytes())) }

    mutating func optionalSession() throws(PostgresError) -> SessionTag? {
        guard let bytes = try optionalBytes() else { return nil }
        return try checked(SessionTag(bytes))
    }

    mutating func identifier<Kind>() throws(PostgresError) -> Identifier<Kind> { try checked(Identifier(try bytes())) }

    mutating func optionalIdentifier<Kind>() throws(PostgresError) -> Identifier<Kind>? {
        guard let bytes = try optionalBytes() else { return nil }
        return try checked(Identifier(bytes))
    }

    /// A box and its key, in two columns.
    mutating func sealed() throws(PostgresError) -> Sealed {
        let box = try bytes()
        return Sealed(key: try text(), box: box)
    }

    mutating func optionalSealed() throws(PostgresError) -> Sealed? {
        let box = try optionalBytes()
        let key = try optionalText()
        guard let box, let key else { return nil }
        return Sealed(key: key, box: box)
    }

    private func checked<T>(_ value: T?) throws(PostgresError) -> T {
        guard let value else { throw .unreadable(column: column - 1) }
        return value
    }
}

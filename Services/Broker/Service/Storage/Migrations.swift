internal import Bytes
internal import Crypto
internal import Postgres

/// Why the schema is not what this release needs.
enum MigrationError: Error, Hashable {
    case database(PostgresError)
    /// The database has versions that this release does not know.
    case newer(version: Int64)
    /// A version was applied from another text than this release has.
    case changed(version: Int64)
    /// This release needs a version that was not applied.
    case missing(version: Int64)
    case badRole(ByteString)
}

extension MigrationError: CustomStringConvertible {
    var description: String {
        switch self {
        case .database(let error): "\(error)"
        case .newer(let version): "the schema is at version \(version), which this release does not know: upgrade it"
        case .changed(let version): "version \(version) of the schema was made from a different migration"
        case .missing(let version): "the schema lacks version \(version): run cloakroom-broker migrate"
        case .badRole(let role): "\(role) cannot be the name of a role"
        }
    }
}

/// The versions of the schema. They only ever add, so that a release runs on its own version and the next one.
enum Migrations {
    struct Migration {
        let version: Int64
        let sql: [UInt8]

        var checksum: [UInt8] { Hash.sha256(sql) }
        var script: String { String(decoding: sql, as: UTF8.self) }
    }

    /// In order, from 1.
    static let all = [Migration(version: 1, sql: PackageResources.migration0001_sql)]

    // MARK: Migrating

    /// Applies what is missing, each version in a transaction of its own, and grants the runtime role what it may do.
    /// Blocks; several at a time wait for each other. Returns the versions applied. `owner` connects as the role that
    /// owns the schema; `runtime` is the role that the broker runs as, which must exist.
    static func migrate(
        _ owner: PostgresConfiguration, runtime: ByteString
    ) throws(MigrationError) -> [Int64] {
        let grants = try grants(to: runtime)
        var configuration = owner
        configuration.applicationName = "cloakroom migrate"
        configuration.statementTimeout = .zero
        return try Self.connected(configuration) { (connection) throws(MigrationError) in
            let missing = try check(try reported { () throws(PostgresError) in try applied(connection) })
            try reported { () throws(PostgresError) in
                for migration in missing { try apply(migration, connection) }
                try connection.script("BEGIN; \(grants); COMMIT")
            }
            return missing.map(\.version)
        }
    }

    /// With the lock held and the table of versions there.
    private static func connected<T>(
        _ configuration: PostgresConfiguration, _ body: (ScriptConnection) throws(MigrationError) -> T
    ) throws(MigrationError) -> T {
        try body(
            try reported { () throws(PostgresError) in
                let connection = try ScriptConnection(configuration)
                try connection.run("SELECT 1 FROM pg_advisory_lock($1)", .integer(lock))
                try connection.script(bootstrap)
                return connection
            })
    }

    private static func reported<T>(_ body: () throws(PostgresError) -> T) throws(MigrationError) -> T {
        do { return try body() } catch { throw .database(error) }
    }

    /// Any number that nobody else locks: "cloakroo" in ASCII.
    private static let lock: Int64 = 0x636C_6F61_6B72_6F6F

    private static let bootstrap = """
        CREATE SCHEMA IF NOT EXISTS cloakroom;
        CREATE TABLE IF NOT EXISTS cloakroom.migration (
            version bigint PRIMARY KEY, checksum bytea NOT NULL, applied timestamptz NOT NULL DEFAULT clock_timestamp())
        """

    private static func apply(_ migration: Migration, _ connection: ScriptConnection) throws(PostgresError) {
        try connection.script("BEGIN; \(migration.script)")
        try connection.run(
            "INSERT INTO cloakroom.migration (version, checksum) VALUES ($1, $2)", .integer(migration.version),
            .bytes(migration.checksum))
        try connection.script("COMMIT")
    }

    private static func grants(to role: ByteString) throws(MigrationError) -> String {
        guard !role.isEmpty, role.count <= 63, !role.bytes.contains(where: { $0 < 0x20 }) else { throw .badRole(role) }
        let quoted = "\"" + role.text.replacing("\"", with: "\"\"") + "\""
        return String(decoding: PackageResources.grants_sql, as: UTF8.self).replacing("RUNTIME", with: quoted)
    }

    // MARK: Checking

    private static let query = "SELECT version, checksum FROM cloakroom.migration ORDER BY version"

    private static let read = Statement("migration_read", .reads, query)

    private typealias Applied = [(version: Int64, checksum: [UInt8])]

    private static func applied(_ connection: ScriptConnection) throws(PostgresError) -> Applied {
        try decode(try connection.run(query))
    }

    private static func decode(_ rows: Rows) throws(PostgresError) -> Applied {
        try rows.map { (row) throws(PostgresError) in (try row.integer(), try row.bytes()) }
    }

    /// What is missing; throws when the database has what this release does not know.
    private static func check(_ applied: Applied, upTo newest: Int64? = nil) throws(MigrationError) -> [Migration] {
        let newest = newest ?? all.last?.version ?? 0
        if let last = applied.last, last.version > newest { throw .newer(version: last.version) }
        for migration in all {
            guard let row = applied.first(where: { $0.version == migration.version }) else { continue }
            guard row.checksum == migration.checksum else { throw .changed(version: migration.version) }
        }
        return all.filter { migration in !applied.contains { $0.version == migration.version } }
    }

    /// Throws unless the database has every version that this release needs, and at most one more.
    static func verify(_ database: Database) async throws(MigrationError) {
        let applied: Applied
        do {
            applied = try decode(try await database.run(read()))
        } catch .refused(let error) where error.code == ServerError.undefinedTable || error.code == "3F000" {
            throw .missing(version: 1)
        } catch { throw .database(error) }
        let missing = try check(applied, upTo: (all.last?.version ?? 0) + 1)
        if let first = missing.first { throw .missing(version: first.version) }
    }
}

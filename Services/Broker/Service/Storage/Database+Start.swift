internal import Bytes
internal import Operations
internal import Platform
internal import Postgres
internal import Synchronization

/// Why the broker does not start with its database, and what to do.
enum DatabaseStartError: Error, CustomStringConvertible {
    case unreachable(PostgresConfiguration, reason: String)
    case schema(MigrationError)

    var description: String {
        switch self {
        case .unreachable(let configuration, let reason):
            "the database is out of reach: \(configuration.database) at \(configuration.host):\(configuration.port) as "
                + "\(configuration.user): \(reason) — start PostgreSQL, or correct `postgres` in the configuration"
        case .schema(let error): "\(error)"
        }
    }
}

extension Database {
    /// How long a start waits for the database.
    static let startPatience: Duration = .seconds(10)

    /// A database that answers and has the schema of this release.
    static func connected(
        _ loop: Loop, _ configuration: PostgresConfiguration, listening: Listening? = nil, log: Log
    ) async throws(DatabaseStartError) -> Database {
        let reason = LastReason()
        let database = Database(loop, configuration, listening: listening) { event in
            switch event {
            case .connected: log.info("database_connected")
            case .disconnected(let why):
                reason.set(why)
                log.warning("database_disconnected") { $0.add("reason", why) }
            }
        }
        await database.start()
        let end = loop.now + startPatience
        while true {
            do throws(PostgresError) {
                _ = try await BrokerStore(database: database).now()
                break
            } catch {
                guard loop.now < end else {
                    await database.close()
                    throw .unreachable(configuration, reason: reason.text ?? "\(error)")
                }
            }
            await loop.sleep(.milliseconds(200))
        }
        do throws(MigrationError) { try await Migrations.verify(database) } catch {
            await database.close()
            throw .schema(error)
        }
        return database
    }
}

/// The latest reason for having no connection, for whoever gives up waiting for one.
private final class LastReason: Sendable {
    private let reason = Mutex<ByteString?>(nil)

    var text: String? { reason.withLock { $0?.text } }

    func set(_ text: ByteString) { reason.withLock { $0 = text } }
}

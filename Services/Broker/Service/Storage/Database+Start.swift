internal import Bytes
internal import Operations
internal import Platform
internal import Postgres

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
        let outage = Outage()
        let database = Database(loop, configuration, listening: listening) { event in
            switch event {
            case .connected:
                outage.end()
                log.info("database_connected")
            case .disconnected(let why):
                guard outage.begin(why) else { return }
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
                    throw .unreachable(configuration, reason: outage.reason?.text ?? "\(error)")
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

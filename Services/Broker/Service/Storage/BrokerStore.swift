internal import Bytes
internal import Postgres

/// A broker that has been seen lately, and the keys it holds.
struct LiveBroker: Hashable, Sendable {
    var id: BrokerID
    /// The name of its unit.
    var unit: ByteString
    var keys: [ByteString]
    var seen: Timestamp
}

/// The brokers that share this database, and its clock.
struct BrokerStore: Sendable {
    let database: Database

    /// Says that a broker is alive and which keys it holds. To be repeated every few seconds.
    func report(_ broker: BrokerID, unit: ByteString, keys: [ByteString]) async throws(PostgresError) {
        _ = try await database.run(Self.report(.bytes(broker.bytes), .text(unit), .textArray(keys)))
    }

    static let report = Statement(
        "broker_report", .writes,
        """
        INSERT INTO cloakroom.broker (id, unit, keys) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET unit = excluded.unit, keys = excluded.keys, seen = clock_timestamp()
        """)

    /// The brokers seen within a time.
    func live(within age: Duration) async throws(PostgresError) -> [LiveBroker] {
        try await database.run(Self.live(.duration(age))).map { (row) throws(PostgresError) in
            LiveBroker(
                id: try row.identifier(), unit: try row.text(), keys: try row.textArray(), seen: try row.timestamp())
        }
    }

    static let live = Statement(
        "broker_live", .reads,
        """
        SELECT id, unit, keys, seen FROM cloakroom.broker
        WHERE seen > now() - $1 * interval '1 microsecond' ORDER BY unit, id
        """)

    /// Removes a broker that stops, or the ones that were not seen for a time.
    func remove(_ broker: BrokerID?, unseenFor age: Duration = .seconds(86_400)) async throws(PostgresError) {
        _ = try await database.run(Self.remove(.bytes(broker?.bytes), .duration(age)))
    }

    static let remove = Statement(
        "broker_remove", .writes,
        "DELETE FROM cloakroom.broker WHERE id = $1 OR seen < now() - $2 * interval '1 microsecond'")

    /// The database's clock.
    func now() async throws(PostgresError) -> Timestamp {
        try await database.run(Self.now()).only { (row) throws(PostgresError) in try row.timestamp() }
    }

    static let now = Statement("clock", .reads, "SELECT clock_timestamp()")
}

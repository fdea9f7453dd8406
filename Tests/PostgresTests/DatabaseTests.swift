import Bytes
import Platform
import Postgres
import PostgresTestSupport
import Testing

@Suite struct DatabaseTests {
    static let echo = Statement("echo", .reads, "SELECT $1::bigint")

    @Test func `a statement's answer comes back`() async throws {
        try await withDatabase { database in
            let value = try await database.run(Self.echo(.integer(41))).only { (row) throws(PostgresError) in try row.integer() }
            #expect(value == 41)
        }
    }
}

/// A fresh database on a loop of its own.
func withDatabase(
    _ change: (inout PostgresConfiguration) -> Void = { _ in }, _ body: (Database) async throws -> Void
) async throws {
    var configuration = try PostgresCluster.shared().makeDatabase()
    change(&configuration)
    let thread = try LoopThread()
    let database = Database(thread.loop, configuration)
    await database.start()
    try await body(database)
    await database.close()
    thread.stopAndJoin()
}

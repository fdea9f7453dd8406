import Bytes
import Platform
import Postgres
import PostgresTestSupport

/// A database on a loop of its own, and what it told its log.
struct DatabaseFixture {
    let database: Database
    let configuration: PostgresConfiguration
    let events: AsyncStream<DatabaseEvent>

    /// A blocking connection beside it.
    func aside() throws -> ScriptConnection { try ScriptConnection(configuration) }

    /// Returns when so many connections have been made from now on.
    func connections(_ count: Int) async {
        var left = count
        for await event in events where event == .connected {
            left -= 1
            if left == 0 { return }
        }
    }

    static func with(
        _ cluster: PostgresCluster? = nil, listening: Listening? = nil,
        _ change: (inout PostgresConfiguration) -> Void = { _ in }, _ body: (DatabaseFixture) async throws -> Void
    ) async throws {
        var configuration = try (cluster ?? PostgresCluster.shared()).makeDatabase()
        change(&configuration)
        let (events, continuation) = AsyncStream<DatabaseEvent>.makeStream()
        let thread = try LoopThread()
        let database = Database(thread.loop, configuration, listening: listening) { continuation.yield($0) }
        await database.start()
        let fixture = DatabaseFixture(database: database, configuration: configuration, events: events)
        do { try await body(fixture) } catch {
            await database.close()
            thread.stopAndJoin()
            throw error
        }
        await database.close()
        thread.stopAndJoin()
    }

    // MARK: Calls

    func echo(_ value: Int64) async throws -> Int64 {
        try await database.run(Statements.echo(.integer(value))).only { (row) throws(PostgresError) in try row.integer()
        }
    }

    func count() async throws -> Int64 {
        try await database.run(Statements.count()).only { (row) throws(PostgresError) in try row.integer() }
    }

    /// The error of a call, or nil.
    func failure(_ command: Command, timeout: Duration? = nil) async -> PostgresError? {
        do throws(PostgresError) {
            _ = try await database.run(command, timeout: timeout)
            return nil
        } catch { return error }
    }
}

enum Statements {
    static let echo = Statement("echo", .reads, "SELECT $1")
    static let divide = Statement("divide", .reads, "SELECT 1 / $1")
    static let insert = Statement("insert", .writes, "INSERT INTO public.item (value) VALUES ($1)")
    static let count = Statement("count", .reads, "SELECT count(*) FROM public.item")
    static let wait = Statement("wait", .reads, "SELECT 1 FROM pg_advisory_xact_lock($1)")
    static let waitToWrite = Statement("wait_to_write", .writes, "SELECT 1 FROM pg_advisory_xact_lock($1)")
    static let table = "CREATE TABLE public.item (value bigint PRIMARY KEY)"
}

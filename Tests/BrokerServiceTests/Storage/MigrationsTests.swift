import Bytes
import Platform
import Postgres
import PostgresTestSupport
import Testing

@testable import BrokerService

@Suite struct MigrationsTests {
    private func withRoles(
        _ body: (_ owner: PostgresConfiguration, _ runtime: PostgresConfiguration) async throws -> Void
    ) async throws {
        let roles = try StoreFixture.makeRoles(try PostgresCluster.shared().makeDatabase())
        try await body(roles.owner, roles.runtime)
    }

    private func verify(_ runtime: PostgresConfiguration) async throws -> MigrationError? {
        let thread = try LoopThread()
        let database = Database(thread.loop, runtime)
        await database.start()
        var found: MigrationError?
        do { try await Migrations.verify(database) } catch { found = error }
        await database.close()
        thread.stopAndJoin()
        return found
    }

    @Test func `migrating twice applies everything once`() async throws {
        try await withRoles { owner, runtime in
            let role = ByteString(runtime.user)
            let first = try Migrations.migrate(owner, runtime: role)
            let second = try Migrations.migrate(owner, runtime: role)
            #expect(first == Migrations.all.map(\.version))
            #expect(second == [])
            let problem = try await verify(runtime)
            #expect(problem == nil)
        }
    }

    @Test func `migrations at the same time wait for each other`() async throws {
        try await withRoles { owner, runtime in
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<2 {
                    group.addTask { try Migrations.migrate(owner, runtime: ByteString(runtime.user)).count }
                }
                return try await group.reduce(0, +)
            }
            #expect(applied == Migrations.all.count)
        }
    }

    @Test func `an empty database is refused with the cure`() async throws {
        try await withRoles { _, runtime in
            let error = try #require(try await verify(runtime))
            #expect(error == .missing(version: 1))
            #expect(error.description.contains("cloakroom-broker migrate"))
        }
    }

    @Test(arguments: [
        ("UPDATE cloakroom.migration SET checksum = '\\x00'", MigrationError.changed(version: 1), true),
        ("INSERT INTO cloakroom.migration (version, checksum) VALUES (999, '')", .newer(version: 999), true),
        ("DELETE FROM cloakroom.migration", .missing(version: 1), false),
    ])
    func `a schema of another release is refused`(
        change: String, expected: MigrationError, stopsMigration: Bool
    ) async throws {
        try await withRoles { owner, runtime in
            _ = try Migrations.migrate(owner, runtime: ByteString(runtime.user))
            try ScriptConnection(owner).script(change)
            #expect(try await verify(runtime) == expected)
            if stopsMigration {
                #expect(throws: expected) { try Migrations.migrate(owner, runtime: ByteString(runtime.user)) }
            }
        }
    }

    @Test func `one version ahead is fine to run on`() async throws {
        try await withRoles { owner, runtime in
            _ = try Migrations.migrate(owner, runtime: ByteString(runtime.user))
            let next = Migrations.all.count + 1
            try ScriptConnection(owner).script(
                "INSERT INTO cloakroom.migration (version, checksum) VALUES (\(next), '')")
            #expect(try await verify(runtime) == nil)
        }
    }

    @Test func `a failed migration leaves nothing`() async throws {
        try await withRoles { owner, _ in
            #expect(throws: MigrationError.self) { try Migrations.migrate(owner, runtime: "nobody of that name") }
            #expect(throws: MigrationError.badRole("")) { try Migrations.migrate(owner, runtime: "") }
            #expect(throws: MigrationError.badRole("a\nb")) { try Migrations.migrate(owner, runtime: "a\nb") }
        }
    }

    @Test(arguments: [
        "CREATE TABLE cloakroom.more (id int)", "DROP TABLE cloakroom.session", "DELETE FROM cloakroom.audit_event",
        "SELECT * FROM cloakroom.audit_event", "UPDATE cloakroom.migration SET version = 2",
        "UPDATE cloakroom.audit_event SET reason = ''", "TRUNCATE cloakroom.session",
    ])
    func `the runtime role may not`(sql: String) async throws {
        try await withRoles { owner, runtime in
            _ = try Migrations.migrate(owner, runtime: ByteString(runtime.user))
            do {
                try ScriptConnection(runtime).script(sql)
                Issue.record("allowed")
            } catch PostgresError.refused(let error) { #expect(error.code == "42501") }
        }
    }
}

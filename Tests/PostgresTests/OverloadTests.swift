import Bytes
import Platform
import Postgres
import PostgresTestSupport
import Testing

/// Locks held beside the database make statements wait for as long as a test wants.
@Suite struct OverloadTests {
    static func narrow(_ configuration: inout PostgresConfiguration) {
        configuration.connections = 1
        configuration.depth = 1
        configuration.queueLimit = 2
        configuration.lockTimeout = .zero
        configuration.statementTimeout = .seconds(60)
        configuration.timeout = .seconds(60)
    }

    private func holdingLock(_ fixture: DatabaseFixture) throws -> ScriptConnection {
        let holder = try fixture.aside()
        try holder.script("SELECT pg_advisory_lock(1)")
        return holder
    }

    @Test func `what the queue cannot hold is refused at once, the rest is served`() async throws {
        try await DatabaseFixture.with(nil, Self.narrow) { fixture in
            _ = try await fixture.echo(1)
            let holder = try holdingLock(fixture)
            await withTaskGroup(of: PostgresError?.self) { group in
                for _ in 0..<4 { group.addTask { await fixture.failure(Statements.wait(.integer(1))) } }
                #expect(await group.next() == .busy)
                #expect(throws: Never.self) { try holder.script("SELECT pg_advisory_unlock(1)") }
                for await failure in group { #expect(failure == nil) }
            }
        }
    }

    @Test func `a deadline tells what may have happened`() async throws {
        try await DatabaseFixture.with(nil, Self.narrow) { fixture in
            let holder = try holdingLock(fixture)
            let soon = Duration.milliseconds(100)
            #expect(await fixture.failure(Statements.waitToWrite(.integer(1)), timeout: soon) == .outcomeUnknown)
            #expect(await fixture.failure(Statements.waitToWrite(.integer(1)), timeout: soon) == .timedOut)
            try holder.script("SELECT pg_advisory_unlock(1)")
            #expect(try await fixture.echo(1) == 1)
        }
    }

    @Test func `a read that is late has just not been answered`() async throws {
        try await DatabaseFixture.with(nil, Self.narrow) { fixture in
            let holder = try holdingLock(fixture)
            #expect(await fixture.failure(Statements.wait(.integer(1)), timeout: .milliseconds(100)) == .timedOut)
            try holder.script("SELECT pg_advisory_unlock(1)")
            #expect(try await fixture.echo(1) == 1)
        }
    }

    @Test func `the server gives up a statement by itself`() async throws {
        try await DatabaseFixture.with(nil, { $0.statementTimeout = .milliseconds(100) }) { fixture in
            let holder = try holdingLock(fixture)
            guard case .refused(let error)? = await fixture.failure(Statements.waitToWrite(.integer(1))) else {
                Issue.record("not refused")
                return
            }
            #expect(error.code == "57014")
            withExtendedLifetime(holder) {}
        }
    }
}

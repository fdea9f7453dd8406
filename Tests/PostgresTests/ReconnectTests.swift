import Bytes
import Glibc
import Platform
import Postgres
import PostgresTestSupport
import Testing

@Suite struct ReconnectTests {
    static let terminate = Statement("terminate", .reads, "SELECT pg_terminate_backend(pg_backend_pid())")
    static let terminateWriting = Statement("terminate_w", .writes, "SELECT pg_terminate_backend(pg_backend_pid())")
    static let processID = Statement("process_id", .reads, "SELECT pg_backend_pid()")

    @Test func `a write whose connection breaks is of unknown outcome, a read just failed`() async throws {
        try await DatabaseFixture.with(nil, { $0.connections = 1 }) { fixture in
            await fixture.connections(2)
            #expect(await fixture.failure(Self.terminateWriting()) == .outcomeUnknown)
            await fixture.connections(1)
            #expect(await fixture.failure(Self.terminate()) == .unavailable)
            await fixture.connections(1)
            let value = try await fixture.echo(5)
            #expect(value == 5)
        }
    }

    @Test func `others in the broken pipeline are told each by what it does`() async throws {
        try await DatabaseFixture.with(nil, { $0.connections = 1 }) { fixture in
            try fixture.aside().script(Statements.table)
            await fixture.connections(2)
            let commands = [Self.terminate(), Statements.insert(.integer(1)), Statements.echo(.integer(1))]
            let loop = fixture.database.loop
            // Tasks of one loop begin in order and in one turn, so the three are in the pipeline together.
            let failures = await Task(executorPreference: loop) {
                let calls = commands.map { command in
                    Task(executorPreference: loop) { await fixture.failure(command) }
                }
                var failures: [PostgresError?] = []
                for call in calls { failures.append(await call.value) }
                return failures
            }.value
            #expect(failures == [.unavailable, .outcomeUnknown, .unavailable])
        }
    }

    @Test func `a restarted server is found again`() async throws {
        let cluster = try PostgresCluster()
        try await DatabaseFixture.with(cluster) { fixture in
            await fixture.connections(3)
            #expect(try await fixture.echo(1) == 1)
            try cluster.stop()
            for await event in fixture.events { if case .disconnected = event { break } }
            var failure = await fixture.failure(Statements.echo(.integer(1)))
            while failure == nil { failure = await fixture.failure(Statements.echo(.integer(1))) }
            #expect(failure == .unavailable)
            try cluster.start()
            await fixture.connections(3)
            #expect(try await fixture.echo(2) == 2)
            #expect(try await fixture.database.atomically([Statements.echo(.integer(3))]).count == 1)
            #expect(await fixture.database.isConnected)
        }
    }

    @Test func `without a server calls fail at once`() async throws {
        let thread = try LoopThread()
        let (events, continuation) = AsyncStream<DatabaseEvent>.makeStream()
        let configuration = PostgresConfiguration(host: "/nonexistent", database: "none", user: "none")
        let database = Database(thread.loop, configuration) { continuation.yield($0) }
        await #expect(throws: PostgresError.unavailable) { try await database.run(Statements.echo(.integer(1))) }
        await database.start()
        await #expect(throws: PostgresError.unavailable) { try await database.run(Statements.echo(.integer(1))) }
        for await event in events {
            guard case .disconnected(let reason) = event else { continue }
            #expect(reason.text.contains("/nonexistent"))
            break
        }
        await database.close()
        await #expect(throws: PostgresError.unavailable) { try await database.run(Statements.echo(.integer(1))) }
        thread.stopAndJoin()
    }

    @Test(.timeLimit(.minutes(1))) func `a server that does not answer any more is left`() async throws {
        let hasty = { (configuration: inout PostgresConfiguration) in
            configuration.connections = 1
            configuration.statementTimeout = .milliseconds(100)
        }
        try await DatabaseFixture.with(nil, hasty) { fixture in
            await fixture.connections(2)
            let process = try await fixture.database.run(Self.processID()).only { (row) throws(PostgresError) in
                pid_t(try row.integer())
            }
            kill(process, SIGSTOP)
            defer { kill(process, SIGCONT) }
            #expect(await fixture.failure(Statements.waitToWrite(.integer(1))) == .outcomeUnknown)
            await fixture.connections(1)
            #expect(try await fixture.echo(1) == 1)
        }
    }

    @Test func `notifications are heard again after the connection broke`() async throws {
        let (events, continuation) = AsyncStream<Listening.Event>.makeStream()
        let listening = Listening(["a_channel"]) { continuation.yield($0) }
        try await DatabaseFixture.with(nil, listening: listening) { fixture in
            var heard = events.makeAsyncIterator()
            #expect(await heard.next() == .started)
            try fixture.aside().script("NOTIFY a_channel, 'one'; NOTIFY other, 'x'; NOTIFY a_channel, 'two'")
            #expect(await heard.next() == .notified(channel: "a_channel", payload: "one"))
            #expect(await heard.next() == .notified(channel: "a_channel", payload: "two"))
            try fixture.aside().script(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            #expect(await heard.next() == .stopped)
            #expect(await heard.next() == .started)
            try fixture.aside().script("NOTIFY a_channel, 'again'")
            #expect(await heard.next() == .notified(channel: "a_channel", payload: "again"))
        }
    }
}

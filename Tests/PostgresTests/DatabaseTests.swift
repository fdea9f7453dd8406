import Bytes
import Platform
import Postgres
import PostgresTestSupport
import Testing

@Suite struct DatabaseTests {
    @Test func `a thousand statements at once each get their own answer`() async throws {
        try await DatabaseFixture.with { fixture in
            let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
                for value in 0..<1000 {
                    group.addTask {
                        guard value.isMultiple(of: 7) else { return try await fixture.echo(Int64(value)) != value }
                        return await fixture.failure(Statements.divide(.integer(0))) == nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wrong == 0)
        }
    }

    @Test func `a failing neighbour in the pipeline neither undoes nor fails others`() async throws {
        try await DatabaseFixture.with(nil, { $0.connections = 1 }) { fixture in
            try fixture.aside().script(Statements.table)
            let database = fixture.database
            // Which of the others comes first is open.
            _ = try await database.run(Statements.insert(.integer(0)))
            async let first = database.run(Statements.insert(.integer(1)))
            async let failing = fixture.failure(Statements.divide(.integer(0)))
            async let second = database.run(Statements.insert(.integer(2)))
            async let duplicate = fixture.failure(Statements.insert(.integer(0)))
            async let third = database.run(Statements.insert(.integer(3)))
            _ = try await (first, second, third)
            guard case .refused(let error)? = await failing else {
                Issue.record("1/0 was not refused")
                return
            }
            #expect(error.code == "22012")
            guard case .refused(let violation)? = await duplicate else {
                Issue.record("a duplicate was not refused")
                return
            }
            #expect(violation.code == ServerError.uniqueViolation)
            #expect(violation.constraint == "item_pkey")
            #expect(try await fixture.count() == 4)
        }
    }

    @Test func `a unit takes effect as a whole or not at all`() async throws {
        try await DatabaseFixture.with { fixture in
            try fixture.aside().script(Statements.table)
            let insert = { (value: Int64) in Statements.insert(.integer(value)) }
            let results = try await fixture.database.atomically([insert(1), Statements.count(), insert(2)])
            #expect(results.count == 3)
            let seen = try results[1].only { (row) throws(PostgresError) in try row.integer() }
            #expect(seen == 1)
            await #expect(throws: PostgresError.self) {
                try await fixture.database.atomically([insert(3), Statements.divide(.integer(0)), insert(4)])
            }
            #expect(try await fixture.count() == 2)
            #expect(try await fixture.database.atomically([]).isEmpty)
        }
    }

    @Test func `a statement that cannot be prepared says why each time, and is prepared when it can be`() async throws {
        try await DatabaseFixture.with(nil, { $0.connections = 1 }) { fixture in
            async let one = fixture.failure(Statements.count())
            async let two = fixture.failure(Statements.count())
            for failure in await [one, two] {
                guard case .refused(let error)? = failure else {
                    Issue.record("\(String(describing: failure))")
                    continue
                }
                #expect(error.code == ServerError.undefinedTable)
            }
            try fixture.aside().script(Statements.table)
            #expect(try await fixture.count() == 0)
        }
    }

    @Test func `a name used with other types is an error of the program`() async throws {
        try await DatabaseFixture.with(nil, { $0.connections = 1 }) { fixture in
            _ = try await fixture.echo(1)
            #expect(await fixture.failure(Statements.echo(.text("1"))) == .mistyped(statement: "echo"))
            #expect(try await fixture.echo(2) == 2)
        }
    }

    @Test(
        arguments: [
            [], [0], [0x27, 0x3B, 0x2D, 0x2D], Array("'; DROP TABLE item; --".utf8), Array("$1 \\x00 %s".utf8),
        ] as [[UInt8]], [1, 10_000])
    func `bytes of any kind are data`(pattern: [UInt8], times: Int) async throws {
        let bytes = Array(repeatElement(pattern, count: times).joined())
        let echo = Statement("echo_bytes", .reads, "SELECT $1, $2, octet_length($1)")
        try await DatabaseFixture.with { fixture in
            let rows = try await fixture.database.run(echo(.bytes(bytes), .bytesArray([bytes, [1]])))
            let (value, list, length) = try rows.only { (row) throws(PostgresError) in
                (try row.bytes(), try row.bytesArray(), try row.integer())
            }
            #expect(value == bytes)
            #expect(list == [bytes, [1]])
            #expect(length == bytes.count)
        }
    }

    @Test(arguments: [ByteString([0x61, 0]), ByteString([0xC3, 0x28])])
    func `text that is none is refused clearly`(text: ByteString) async throws {
        try await DatabaseFixture.with { fixture in
            guard case .refused(let error)? = await fixture.failure(Statements.echo(.text(text))) else {
                Issue.record("accepted")
                return
            }
            #expect(error.code == "22021")
        }
    }

    @Test func `every type comes back as it went, and NULL too`() async throws {
        let echo = Statement("echo_all", .reads, "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9")
        let time = Timestamp(microseconds: 1_800_000_000_123_456)
        try await DatabaseFixture.with { fixture in
            let rows = try await fixture.database.run(
                echo(
                    .integer(.min), .text("ü'"), .boolean(true), .timestamp(time), .duration(.seconds(-3)),
                    .textArray(["a", "", "{\"}"]), .bytesArray([]), .transaction(.max), .text(nil)))
            let seen = try rows.only { (row) throws(PostgresError) in
                #expect(try row.integer() == .min)
                #expect(try row.text() == "ü'")
                #expect(try row.boolean())
                #expect(try row.timestamp() == time)
                #expect(try row.optionalDuration() == .seconds(-3))
                #expect(try row.textArray() == ["a", "", "{\"}"])
                #expect(try row.bytesArray() == [])
                #expect(try row.transaction() == .max)
                return try row.optionalText()
            }
            #expect(seen == nil)
        }
    }

    @Test func `a large answer arrives whole`() async throws {
        let large = Statement("large", .reads, "SELECT repeat('x', 3000)::text FROM generate_series(1, $1)")
        try await DatabaseFixture.with { fixture in
            let rows = try await fixture.database.run(large(.integer(1000)))
            let lengths = try rows.map { (row) throws(PostgresError) in try row.text().count }
            #expect(lengths == Array(repeating: 3000, count: 1000))
        }
    }
}

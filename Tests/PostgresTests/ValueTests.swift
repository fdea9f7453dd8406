import Bytes
import Testing

@testable import Postgres

@Suite struct RowTests {
    private func rows(_ cells: [[UInt8]?]) -> Rows {
        var buffer: [UInt8] = []
        let ranges = cells.map { cell -> Range<Int>? in
            guard let cell else { return nil }
            buffer += cell
            return buffer.count - cell.count..<buffer.count
        }
        return Rows(columns: cells.count, count: 1, buffer: buffer, cells: ranges)
    }

    @Test(arguments: [[], [2], [0, 0, 0], Array(repeating: 0xFF, count: 9), Array(repeating: 0xFF, count: 20)])
    func `a value of another shape is an error of its column`(bytes: [UInt8]) {
        let wrong = PostgresError.unreadable(column: 0)
        let row = rows([bytes])
        #expect(throws: wrong) { try row.only { (row) throws(PostgresError) in try row.integer() } }
        #expect(throws: wrong) { try row.only { (row) throws(PostgresError) in try row.boolean() } }
        #expect(throws: wrong) { try row.only { (row) throws(PostgresError) in try row.timestamp() } }
        #expect(throws: wrong) { try row.only { (row) throws(PostgresError) in try row.transaction() } }
        #expect(throws: wrong) { try row.only { (row) throws(PostgresError) in try row.optionalInteger() } }
        #expect(throws: wrong) { try row.only { (row) throws(PostgresError) in try row.textArray() } }
        #expect(throws: wrong) { try row.only { (row) throws(PostgresError) in try row.bytesArray() } }
    }

    @Test func `NULL is an error where a value is needed`() {
        #expect(throws: PostgresError.unreadable(column: 1)) {
            try rows([[1], nil]).only { (row) throws(PostgresError) in (try row.boolean(), try row.bytes()) }
        }
    }

    @Test func `a row is read to its end and not beyond`() {
        #expect(throws: PostgresError.unreadable(column: 1)) {
            try rows([[1], [1]]).only { (row) throws(PostgresError) in try row.boolean() }
        }
        #expect(throws: PostgresError.unreadable(column: 1)) {
            try rows([[1]]).only { (row) throws(PostgresError) in (try row.boolean(), try row.boolean()) }
        }
        #expect(throws: PostgresError.unreadable(column: 0)) {
            try Rows.none.only { (row) throws(PostgresError) in try row.boolean() }
        }
    }

    @Test func `times beyond the range stop at its end`() throws {
        let infinity = [0x7F] + [UInt8](repeating: 0xFF, count: 7)
        let time = try rows([infinity]).only { (row) throws(PostgresError) in try row.timestamp() }
        #expect(time == Timestamp(microseconds: .max))
        #expect(time + .seconds(1) == time)
        #expect(Timestamp(microseconds: .min) - time == .microseconds(Int64.min))
        #expect(Timestamp(microseconds: .max) - Timestamp(microseconds: .min) == .microseconds(Int64.max))
        #expect(Timestamp(microseconds: 5) + .microseconds(-7) == Timestamp(microseconds: -2))
    }
}

@Suite struct ArrayFormatTests {
    @Test(arguments: [[], [[]], [[1], [2, 3]], [[UInt8](repeating: 7, count: 300)]] as [[[UInt8]]])
    func `an array comes back`(elements: [[UInt8]]) {
        #expect(ArrayFormat.decode(ArrayFormat.encode(elements, of: .bytea)[...])?.map { Array($0) } == elements)
    }

    @Test func `every truncation and every flipped byte is an array or nil`() {
        let whole = ArrayFormat.encode([[1, 2], [], [3]], of: .bytea)
        for length in whole.indices { #expect(ArrayFormat.decode(whole.prefix(length)) == nil) }
        #expect(ArrayFormat.decode((whole + [0])[...]) == nil)
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 0xFF
            if let elements = ArrayFormat.decode(changed[...]) { #expect(elements.map(\.count) == [2, 0, 1]) }
        }
    }
}

@Suite struct BackoffTests {
    @Test(arguments: [(0, 25, 50), (1, 25, 50), (2, 50, 100), (3, 100, 200), (8, 2500, 5000), (1000, 2500, 5000)])
    func `the wait doubles up to its longest, with jitter`(failures: Int, low: Int, high: Int) {
        let backoff = Backoff()
        #expect(backoff.delay(failures: failures, random: 0) == .milliseconds(low))
        #expect(backoff.delay(failures: failures, random: 1) == .milliseconds(high))
    }
}

@Suite struct QueueTests {
    @Test func `elements leave in the order they came`() {
        var queue = Queue<Int>()
        var (next, expected) = (0, 0)
        for step in 0..<3000 {
            if step % 3 < 2 {
                queue.append(next)
                next += 1
            } else {
                #expect(queue.first == expected)
                #expect(queue.popFirst() == expected)
                expected += 1
            }
        }
        #expect(queue.count == next - expected)
        queue.removeAll { $0.isMultiple(of: 2) }
        var rest: [Int] = []
        queue.forEach { rest.append($0) }
        #expect(rest == (expected..<next).filter { !$0.isMultiple(of: 2) })
        while queue.popFirst() != nil {}
        #expect(queue.isEmpty)
    }
}

@Suite struct ConfigurationTests {
    private func parameters(_ configuration: PostgresConfiguration, _ addresses: [String] = []) -> [String: String] {
        let list = configuration.parameters(addresses: addresses)
        return Dictionary(uniqueKeysWithValues: list.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) })
    }

    @Test func `a name goes with the addresses it stands for`() {
        let configuration = PostgresConfiguration(
            host: "db.example", port: 6432, database: "d", user: "u", password: Secret("s3cret" as ByteString),
            encryption: .verified(authorities: "/ca.pem"))
        let seen = parameters(configuration, ["192.0.2.1", "2001:db8::1"])
        #expect(seen["host"] == "db.example,db.example")
        #expect(seen["hostaddr"] == "192.0.2.1,2001:db8::1")
        #expect(seen["sslmode"] == "verify-full")
        #expect(seen["sslrootcert"] == "/ca.pem")
        #expect(seen["password"] == "s3cret")
        #expect(seen["options"]?.contains("-c statement_timeout=5000 ") == true)
    }

    @Test func `a socket's directory is not resolved, and no password is invented`() {
        let seen = parameters(PostgresConfiguration(host: "/run/postgresql", database: "d", user: "u"))
        #expect(seen["host"] == "/run/postgresql")
        #expect(seen["hostaddr"] == nil)
        #expect(seen["password"] == nil)
        #expect(seen["sslmode"] == "disable")
    }
}

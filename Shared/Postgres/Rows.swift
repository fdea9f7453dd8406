public import Bytes

/// The rows of one result, in one buffer.
public struct Rows: Sendable {
    /// Where a value lies in the buffer; nil is NULL.
    typealias Cell = Range<Int>?

    public let columns: Int
    /// How many rows the statement returned.
    public let count: Int
    let buffer: [UInt8]
    let cells: [Cell]

    init(columns: Int, count: Int, buffer: [UInt8], cells: [Cell]) {
        self.columns = columns
        self.count = count
        self.buffer = buffer
        self.cells = cells
    }

    static let none = Rows(columns: 0, count: 0, buffer: [], cells: [])

    /// Reads every row; `decode` must read all columns, one after the other.
    public func map<T>(_ decode: (inout Row) throws(PostgresError) -> T) throws(PostgresError) -> [T] {
        var out: [T] = []
        out.reserveCapacity(count)
        for index in 0..<count { out.append(try read(index, decode)) }
        return out
    }

    /// Reads the first row, if there is one.
    public func first<T>(_ decode: (inout Row) throws(PostgresError) -> T) throws(PostgresError) -> T? {
        count == 0 ? nil : try read(0, decode)
    }

    /// Reads the first row of a statement that always returns one.
    public func only<T>(_ decode: (inout Row) throws(PostgresError) -> T) throws(PostgresError) -> T {
        guard let value = try first(decode) else { throw .unreadable(column: 0) }
        return value
    }

    private func read<T>(
        _ index: Int, _ decode: (inout Row) throws(PostgresError) -> T
    ) throws(PostgresError) -> T {
        var row = Row(rows: self, first: index * columns)
        let value = try decode(&row)
        guard row.column == columns else { throw .unreadable(column: row.column) }
        return value
    }
}

/// A cursor over the columns of a row. Each function reads the next column, in the binary format, and throws
/// `.unreadable` when it is not of that type; NULL is an error unless the function's name starts with `optional`.
public struct Row {
    private let rows: Rows
    private let first: Int
    /// How many columns have been read.
    public private(set) var column = 0

    fileprivate init(rows: Rows, first: Int) {
        self.rows = rows
        self.first = first
    }

    public mutating func bytes() throws(PostgresError) -> [UInt8] { try value { Array($0) } }
    public mutating func optionalBytes() throws(PostgresError) -> [UInt8]? { try optional { Array($0) } }

    public mutating func text() throws(PostgresError) -> ByteString { try value { ByteString($0) } }
    public mutating func optionalText() throws(PostgresError) -> ByteString? { try optional { ByteString($0) } }

    public mutating func integer() throws(PostgresError) -> Int64 { try value(Row.int64) }
    public mutating func optionalInteger() throws(PostgresError) -> Int64? { try optional(Row.int64) }

    public mutating func boolean() throws(PostgresError) -> Bool { try value(Row.bool) }

    public mutating func timestamp() throws(PostgresError) -> Timestamp { try value(Row.time) }
    public mutating func optionalTimestamp() throws(PostgresError) -> Timestamp? { try optional(Row.time) }

    /// `bigint` microseconds.
    public mutating func optionalDuration() throws(PostgresError) -> Duration? {
        try optional { Row.int64($0).map { .microseconds($0) } }
    }

    /// A transaction number (`xid8`).
    public mutating func transaction() throws(PostgresError) -> UInt64 {
        try value { Row.int64($0).map { UInt64(bitPattern: $0) } }
    }

    public mutating func bytesArray() throws(PostgresError) -> [[UInt8]] {
        try value { ArrayFormat.decode($0)?.map { Array($0) } }
    }

    public mutating func textArray() throws(PostgresError) -> [ByteString] {
        try value { ArrayFormat.decode($0)?.map { ByteString($0) } }
    }

    /// Passes over a column.
    public mutating func skip() throws(PostgresError) { _ = try optional { _ in true } }

    private mutating func value<T>(_ decode: (ArraySlice<UInt8>) -> T?) throws(PostgresError) -> T {
        guard let value = try optional(decode) else { throw .unreadable(column: column - 1) }
        return value
    }

    private mutating func optional<T>(_ decode: (ArraySlice<UInt8>) -> T?) throws(PostgresError) -> T? {
        guard column < rows.columns else { throw .unreadable(column: column) }
        let cell = rows.cells[first + column]
        column += 1
        guard let cell else { return nil }
        guard let value = decode(rows.buffer[cell]) else { throw .unreadable(column: column - 1) }
        return value
    }

    private static func int64(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard bytes.count == 8 || bytes.count == 4 else { return nil }
        let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return bytes.count == 8 ? Int64(bitPattern: bits) : Int64(Int32(truncatingIfNeeded: bits))
    }

    private static func bool(_ bytes: ArraySlice<UInt8>) -> Bool? {
        bytes.elementsEqual([1]) ? true : bytes.elementsEqual([0]) ? false : nil
    }

    /// `infinity` (the largest number) stays the largest.
    private static func time(_ bytes: ArraySlice<UInt8>) -> Timestamp? {
        guard bytes.count == 8, let value = int64(bytes) else { return nil }
        let (sum, overflow) = value.addingReportingOverflow(Timestamp.epoch)
        return Timestamp(microseconds: overflow ? .max : sum)
    }
}

public import Bytes

/// One parameter of a statement: its PostgreSQL type and its value in the binary format, or NULL.
///
/// Values never become part of the SQL text. Text with a NUL or invalid UTF-8 is refused by the server (22021).
public struct Parameter: Sendable {
    let type: UInt32
    let value: [UInt8]?

    init(_ type: TypeID, _ value: [UInt8]?) {
        self.type = type.rawValue
        self.value = value
    }

    public static func bytes(_ value: [UInt8]?) -> Parameter { Parameter(.bytea, value) }

    public static func text(_ value: ByteString?) -> Parameter { Parameter(.text, value?.bytes) }

    public static func integer(_ value: Int64?) -> Parameter { Parameter(.int8, value.map { bigEndian($0) }) }

    public static func boolean(_ value: Bool?) -> Parameter { Parameter(.bool, value.map { [$0 ? 1 : 0] }) }

    public static func timestamp(_ value: Timestamp?) -> Parameter {
        Parameter(.timestamptz, value.map { bigEndian($0.microseconds.subtractingClamped(Timestamp.epoch)) })
    }

    /// A length of time as `bigint` microseconds: `$1 * interval '1 microsecond'`.
    public static func duration(_ value: Duration?) -> Parameter { integer(value?.microseconds) }

    /// A transaction number (`xid8`).
    public static func transaction(_ value: UInt64) -> Parameter { Parameter(.xid8, bigEndian(value)) }

    public static func bytesArray(_ values: [[UInt8]]) -> Parameter {
        Parameter(.byteaArray, ArrayFormat.encode(values, of: .bytea))
    }

    public static func textArray(_ values: [ByteString]) -> Parameter {
        Parameter(.textArray, ArrayFormat.encode(values.map(\.bytes), of: .text))
    }

    public static func integerArray(_ values: [Int64]) -> Parameter {
        Parameter(.int8Array, ArrayFormat.encode(values.map { bigEndian($0) }, of: .int8))
    }
}

/// The object ids of built-in types, fixed in PostgreSQL's catalogue.
enum TypeID: UInt32 {
    case bool = 16
    case bytea = 17
    case int8 = 20
    case text = 25
    case timestamptz = 1184
    case byteaArray = 1001
    case textArray = 1009
    case int8Array = 1016
    case xid8 = 5069
}

func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    stride(from: type(of: value).bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
}

extension Int64 {
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}

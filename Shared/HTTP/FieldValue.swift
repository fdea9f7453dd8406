public import Bytes

/// The value of a field (RFC 9110 §5.5): no control character but tab, no blank at either end. May be empty.
public struct FieldValue: Hashable, Sendable {
    public let bytes: ByteString

    /// Nil if the octets could end the line, or would not arrive as they are.
    public init?(_ bytes: ByteString) {
        guard FieldValue.isValid(bytes.bytes.span, 0, bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// For octets whose makers allow nothing that a value may not hold.
    init(validated bytes: ByteString) { self.bytes = bytes }

    public init(_ number: UInt64) { bytes = Decimal.encode(number) }

    static func isValid(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard start < end else { return true }
        if isBlank(bytes[start]) || isBlank(bytes[end - 1]) { return false }
        var index = Word.firstControl(in: bytes, from: start, to: end)
        while index < end {
            if bytes[index] != UInt8(ascii: "\t") { return false }
            index = Word.firstControl(in: bytes, from: index + 1, to: end)
        }
        return true
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    static func isForbidden(_ byte: UInt8) -> Bool { byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F }
}

extension FieldValue: ExpressibleByStringLiteral {
    /// A value written in the source; an invalid one is a mistake of this program.
    public init(stringLiteral value: String) {
        bytes = ByteString(value)
        precondition(FieldValue.isValid(bytes.bytes.span, 0, bytes.count), "not a field value")
    }
}

extension FieldValue: CustomStringConvertible {
    public var description: String { bytes.description }
}

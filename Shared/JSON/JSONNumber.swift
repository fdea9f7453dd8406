public import Bytes

/// A number as the document spells it (RFC 8259 §6), so that nothing is lost in between: `1.0` stays `1.0`, and
/// 2⁶³ does not wrap. Two numbers are equal when they are spelled alike.
public struct JSONNumber: Hashable, Sendable {
    /// An integer in its only spelling needs no memory of its own; everything else keeps its octets.
    private enum Storage: Hashable, Sendable {
        case integer(Int64)
        case other(ByteString)
    }

    private let storage: Storage

    /// The longest spelling that is accepted.
    static let longestSpelling = 256

    public init(_ value: some FixedWidthInteger) {
        if let value = Int64(exactly: value) {
            storage = .integer(value)
        } else {
            storage = .other(ByteString(String(value)))
        }
    }

    /// Nil for infinities and NaN, which JSON cannot spell.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        storage = .other(ByteString(value.description))
    }

    /// Nil unless the octets are exactly one JSON number of at most 256 octets.
    public init?(spelling: ByteString) {
        guard Self.lengthOfNumber(in: spelling.bytes, at: 0) == spelling.count else { return nil }
        self.init(validated: spelling.bytes[...])
    }

    init(validated spelling: ArraySlice<UInt8>) {
        if let value = Self.canonicalInteger(spelling) {
            storage = .integer(value)
        } else {
            storage = .other(ByteString(spelling))
        }
    }

    /// The octets of the number.
    public var spelling: ByteString {
        switch storage {
        case .integer(let value): ByteString(String(value))
        case .other(let spelling): spelling
        }
    }

    /// The value when the number is written without fraction and exponent and fits, else nil: `1.0` and `1e3` are
    /// no integers here.
    public var integer: Int64? {
        switch storage {
        case .integer(let value): value
        case .other(let spelling): Self.integer(spelling.bytes[...])
        }
    }

    /// The nearest floating-point value, nil when it is beyond the range.
    public var double: Double? {
        switch storage {
        case .integer(let value): return Double(value)
        case .other(let spelling):
            // The spelling follows RFC 8259, a part of what this initialiser accepts.
            guard let value = Double(spelling.text), value.isFinite else { return nil }
            return value
        }
    }

    /// The length of the number that starts at an index, nil when there is none or it is too long.
    static func lengthOfNumber(in bytes: [UInt8], at start: Int) -> Int? {
        var index = start
        func skip(_ accepted: String) -> Bool {
            guard index < bytes.count, accepted.utf8.contains(bytes[index]) else { return false }
            index += 1
            return true
        }
        func skipDigits() -> Bool {
            let first = index
            while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
            return index > first
        }
        _ = skip("-")
        guard skip("0") || skipDigits() else { return nil }
        if skip("."), !skipDigits() { return nil }
        if skip("eE") {
            _ = skip("+-")
            guard skipDigits() else { return nil }
        }
        return index - start <= longestSpelling ? index - start : nil
    }

    /// The value of an integer whose spelling can be made from the value again: not `-0`.
    private static func canonicalInteger(_ spelling: ArraySlice<UInt8>) -> Int64? {
        guard let value = integer(spelling), value != 0 || spelling.count == 1 else { return nil }
        return value
    }

    private static func integer(_ spelling: ArraySlice<UInt8>) -> Int64? {
        let isNegative = spelling.first == UInt8(ascii: "-")
        guard let magnitude = Decimal.parse(spelling.dropFirst(isNegative ? 1 : 0)) else { return nil }
        // 2⁶³ has 19 digits, so it gets here, and only its negative is an Int64.
        return isNegative ? Int64(exactly: 0 - Int128(magnitude)) : Int64(exactly: magnitude)
    }
}

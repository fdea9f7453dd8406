/// Decimal numbers as protocols write them: digits only, no sign, no blank, no separator.
public enum Decimal {
    /// The value of 1 to 19 digits, or nil. Leading zeros are accepted, as in `1*DIGIT`.
    @inlinable public static func parse(_ text: some Collection<UInt8>) -> UInt64? {
        guard !text.isEmpty, text.count <= 19 else { return nil }
        var value: UInt64 = 0
        for byte in text {
            guard ASCII.isDigit(byte) else { return nil }
            value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// Appends the shortest spelling.
    public static func append(_ value: UInt64, to out: inout [UInt8]) {
        out.append(atMost: 20) { $0.append(decimal: value) }
    }

    public static func encode(_ value: UInt64) -> ByteString {
        var out: [UInt8] = []
        append(value, to: &out)
        return ByteString(out)
    }
}

/// Character classes and case folding of US-ASCII, on octets.
public enum ASCII {
    @inlinable public static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    @inlinable public static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    @inlinable public static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

    @inlinable public static func isHexDigit(_ byte: UInt8) -> Bool { Hex.value(byte) != nil }

    @inlinable public static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    public static func lowercased(_ text: ByteString) -> ByteString { ByteString(text.bytes.map { lowercased($0) }) }

    /// Whether two strings are equal when A–Z and a–z are the same; other octets must be identical.
    @inlinable public static func equalsIgnoringCase(
        _ left: some RandomAccessCollection<UInt8>, _ right: some RandomAccessCollection<UInt8>
    ) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { lowercased($0) == lowercased($1) }
    }
}

/// Percent-encoding (RFC 3986 §2.1) and the form encoding built on it (URL Standard §5).
public enum Percent {
    /// Encodes all but the unreserved characters of RFC 3986 §2.3.
    public static func encode(_ bytes: [UInt8]) -> ByteString {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for byte in bytes { append(byte, to: &out) }
        return ByteString(out)
    }

    /// Encodes for `application/x-www-form-urlencoded`: as `encode`, with `+` for a blank.
    public static func encodeForm(_ bytes: [UInt8]) -> ByteString {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for byte in bytes {
            if byte == UInt8(ascii: " ") { out.append(UInt8(ascii: "+")) } else { append(byte, to: &out) }
        }
        return ByteString(out)
    }

    /// The octets, or nil on an incomplete or non-hexadecimal escape.
    public static func decode(_ text: ArraySlice<UInt8>, plusIsBlank: Bool = false) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "+"), plusIsBlank {
                out.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%") {
                guard text.endIndex - index >= 2, let high = Hex.value(text[index]),
                    let low = Hex.value(text[index + 1])
                else { return nil }
                out.append(high << 4 | low)
                index += 2
            } else {
                out.append(byte)
            }
        }
        return out
    }

    private static func append(_ byte: UInt8, to out: inout [UInt8]) {
        if ASCII.isAlphanumeric(byte) || "-._~".utf8.contains(byte) {
            out.append(byte)
        } else {
            out.append(UInt8(ascii: "%"))
            out.append(upperDigit(byte >> 4))
            out.append(upperDigit(byte & 15))
        }
    }

    private static func upperDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}

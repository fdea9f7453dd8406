/// Base 64 (RFC 4648): `base64url` without padding for tokens (§5), standard with padding for HTTP Basic (§4).
public enum Base64 {
    static let standardAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    static let urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Unpadded base64url.
    public static func encodeURL(_ bytes: [UInt8]) -> ByteString {
        ByteString(encode(bytes, urlAlphabet, padded: false))
    }

    /// Padded standard base64.
    public static func encodeStandard(_ bytes: [UInt8]) -> ByteString {
        ByteString(encode(bytes, standardAlphabet, padded: true))
    }

    /// Strict: no padding, no white space, no other alphabet, trailing bits zero (one spelling per value).
    public static func decodeURL(_ text: ByteString) -> [UInt8]? { decodeURL(text.bytes[...]) }

    /// As `decodeURL(_:)`, for a part of a larger text.
    public static func decodeURL(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count * 3 / 4)
        return decodeURL(text) { out.append($0) } ? out : nil
    }

    /// Whether a text is what `decodeURL(_:)` decodes.
    public static func isURL(_ text: ArraySlice<UInt8>) -> Bool { decodeURL(text) { _ in } }

    @inline(__always)
    private static func decodeURL(_ text: ArraySlice<UInt8>, _ octet: (UInt8) -> Void) -> Bool {
        guard text.count % 4 != 1 else { return false }
        var accumulator: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text {
            guard let value = urlValue(byte) else { return false }
            accumulator = (accumulator << 6 | UInt32(value)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                octet(UInt8(truncatingIfNeeded: accumulator >> bits))
            }
        }
        return accumulator & ((1 << bits) - 1) == 0
    }

    private static func urlValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    private static func encode(_ bytes: [UInt8], _ alphabet: [UInt8], padded: Bool) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let second = index + 1 < bytes.count ? bytes[index + 1] : 0
            let third = index + 2 < bytes.count ? bytes[index + 2] : 0
            out.append(alphabet[Int(first >> 2)])
            out.append(alphabet[Int((first & 3) << 4 | second >> 4)])
            if index + 1 < bytes.count { out.append(alphabet[Int((second & 15) << 2 | third >> 6)]) }
            if index + 2 < bytes.count { out.append(alphabet[Int(third & 63)]) }
            index += 3
        }
        if padded { while out.count % 4 != 0 { out.append(UInt8(ascii: "=")) } }
        return out
    }
}

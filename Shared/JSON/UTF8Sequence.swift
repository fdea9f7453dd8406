/// The well-formed sequences of UTF-8 (RFC 3629 §4).
enum UTF8Sequence {
    /// The length of the sequence of two or more octets at an index, or nil when there is none: overlong forms,
    /// surrogates, values above U+10FFFF and cut sequences are not well-formed.
    static func length(in bytes: ArraySlice<UInt8>, at index: Int) -> Int? {
        let length: Int
        let second: ClosedRange<UInt8>
        switch bytes[index] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard bytes.endIndex - index >= length, second.contains(bytes[index + 1]) else { return nil }
        for offset in 2..<4 where offset < length {
            guard bytes[index + offset] & 0xC0 == 0x80 else { return nil }
        }
        return length
    }

    /// Appends a code point, which is no surrogate and at most U+10FFFF.
    static func append(_ scalar: UInt32, to out: inout [UInt8]) {
        switch scalar {
        case 0..<0x80:
            out.append(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x800:
            out.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            out.append(continuation(scalar))
        case 0x800..<0x10000:
            out.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            out.append(continuation(scalar >> 6))
            out.append(continuation(scalar))
        default:
            out.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            out.append(continuation(scalar >> 12))
            out.append(continuation(scalar >> 6))
            out.append(continuation(scalar))
        }
    }

    private static func continuation(_ bits: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: bits) & 0x3F }
}

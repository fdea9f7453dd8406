import Bytes
import HTTP

/// Writes the JSON of a head straight into a buffer. Strings are octets: an octet from 0x80 stands as the code point of
/// the same number.
struct HeadWriter {
    private(set) var out: [UInt8] = []

    init(capacity: Int) { out.reserveCapacity(capacity) }

    mutating func literal(_ text: StaticString) {
        unsafe out.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func number(_ value: UInt32) { Decimal.append(UInt64(value), to: &out) }

    /// A string with its quotation marks.
    mutating func string(_ text: ByteString) { string(text.bytes[...]) }

    /// As `string(_:)`, for a part of something larger.
    mutating func string(_ text: ArraySlice<UInt8>) {
        out.append(UInt8(ascii: "\""))
        if PlainText.length(text.span, from: 0) == text.count {
            out.append(contentsOf: text)
        } else {
            for byte in text { escaped(byte) }
        }
        out.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
        case 0..<0x20: out += Array("\\u00".utf8) + [Hex.digit(byte >> 4), Hex.digit(byte & 15)]
        case 0x80...: out += [0xC0 | byte >> 6, 0x80 | byte & 0x3F]
        default: out.append(byte)
        }
    }

    /// Names and values in turn.
    mutating func fields(_ fields: HTTPFields) {
        var isFirst = true
        out.append(UInt8(ascii: "["))
        for field in fields {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            string(field.nameBytes)
            out.append(UInt8(ascii: ","))
            string(field.valueBytes)
        }
        out.append(UInt8(ascii: "]"))
    }
}

/// Finds octets that do not stand for themselves in a JSON string, eight at a time.
enum PlainText {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The index of the first octet from `start` that is a quotation mark, a backslash, a control character (C0) or
    /// not ASCII; the count when there is none.
    @inline(__always)
    static func length(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while bytes.count - index >= 8 {
            // Within the bounds; every pattern of bits is an integer.
            let word = unsafe UInt64(
                littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let mask = special(word)
            if mask != 0 { return index + mask.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count, isPlain(bytes[index]) { index += 1 }
        return index
    }

    /// The top bit of each octet that is special. A borrow can mark a plain octet above a special one, never below, so
    /// the lowest mark is right.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let control = (word &- ones &* 0x20) & ~word
        return (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | control | word) & tops
    }

    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

import Bytes

extension JSONParser {
    /// The string at the index, which is at its opening quotation mark.
    mutating func string() throws(JSONError) -> ByteString {
        index += 1
        let start = index
        try skipOrdinary()
        if try current() == UInt8(ascii: "\"") {
            defer { index += 1 }
            return ByteString(bytes[start..<index])
        }
        var text = Array(bytes[start..<index])
        while try current() != UInt8(ascii: "\"") {
            try escape(into: &text)
            let run = index
            try skipOrdinary()
            text += bytes[run..<index]
        }
        index += 1
        return ByteString(text)
    }

    /// Goes to the next quotation mark or backslash, or to the end.
    private mutating func skipOrdinary() throws(JSONError) {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return
            case 0..<0x20: throw error(.controlCharacter)
            case 0x20..<0x80: index += 1
            default:
                guard let length = UTF8Sequence.length(in: bytes[...], at: index) else { throw error(.invalidUTF8) }
                index += length
            }
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let start = index
        index += 1
        let byte = try current()
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): UTF8Sequence.append(try codePoint(from: start), to: &text)
        default: throw JSONError(.invalidEscape, offset: start)
        }
    }

    /// The code point of `\uXXXX` or of a pair of them, whose backslash is at `start`.
    private mutating func codePoint(from start: Int) throws(JSONError) -> UInt32 {
        let first = try fourHexDigits(from: start)
        switch first {
        case 0xD800..<0xDC00:
            guard bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
                throw JSONError(.loneSurrogate, offset: start)
            }
            index += 2
            let second = try fourHexDigits(from: index - 2)
            guard 0xDC00..<0xE000 ~= second else { throw JSONError(.loneSurrogate, offset: start) }
            return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        case 0xDC00..<0xE000: throw JSONError(.loneSurrogate, offset: start)
        default: return first
        }
    }

    private mutating func fourHexDigits(from start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Hex.value(try current()) else { throw JSONError(.invalidEscape, offset: start) }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}

public import Bytes
import HTTP

/// Something that can be written as the payload of a head frame.
public protocol HeadPayload: Sendable {
    /// How many octets it has at most.
    var bound: Int { get }
    func write(_ writer: inout OctetWriter)
}

extension HeadPayload {
    /// The payload by itself.
    public func encoded() -> [UInt8] {
        var out: [UInt8] = []
        out.append(atMost: bound, write)
        return out
    }
}

extension [UInt8]: HeadPayload {
    public var bound: Int { count }
    public func write(_ writer: inout OctetWriter) { writer.append(span) }
}

/// Writes the JSON of a head. Strings are octets: an octet from 0x80 stands as the code point of the same number.
enum HeadText {
    /// The most that strings of so many octets in all become, besides punctuation: each octet an escape of six.
    static func bound(strings: Int, fields: HTTPFields) -> Int {
        (strings + fields.octetCount) * 6 + 6 * fields.count + slack
    }

    /// What may be written over the end of a string.
    private static let slack = 16
}

extension OctetWriter {
    /// A string with its quotation marks.
    mutating func string(_ text: ByteString) { string(text.bytes.span) }

    /// As `string(_:)`, for octets in place.
    mutating func string(_ text: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        var index = 0
        while text.count &- index >= 8 {
            let word = PlainText.word(text, index)
            // Those that stand for themselves are kept.
            let plain = min(PlainText.special(word).trailingZeroBitCount &>> 3, 8)
            append(word: word, keeping: plain)
            index &+= plain
            if plain < 8 {
                escaped(text[index])
                index &+= 1
            }
        }
        while index < text.count {
            escaped(text[index])
            index &+= 1
        }
        append(UInt8(ascii: "\""))
    }

    /// One octet, escaped if it must be.
    @inline(__always)
    private mutating func escaped(_ byte: UInt8) {
        if PlainText.isPlain(byte) { append(byte) } else { escape(byte) }
    }

    private mutating func escape(_ byte: UInt8) {
        if byte >= 0x80 {
            append(0xC0 | byte >> 6)
            append(0x80 | byte & 0x3F)
        } else if byte < 0x20 {
            append("\\u00")
            append(Hex.digit(byte >> 4))
            append(Hex.digit(byte & 15))
        } else {
            append(UInt8(ascii: "\\"))
            append(byte)
        }
    }

    /// Names and values in turn.
    mutating func fields(_ fields: HTTPFields) {
        append(UInt8(ascii: "["))
        let start = count
        fields.forEachInPlace { name, value in
            if count > start { append(UInt8(ascii: ",")) }
            string(name)
            append(UInt8(ascii: ","))
            string(value)
        }
        append(UInt8(ascii: "]"))
    }
}

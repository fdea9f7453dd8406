import Bytes
import HTTP

/// Writes the JSON of a head into memory that is large enough for it. Strings are octets: an octet from 0x80 stands as
/// the code point of the same number.
@safe struct HeadWriter {
    private let out: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private var count = 0

    /// What one octet becomes at most, and what may be written over the end of a string.
    private static let longestEscape = 6
    private static let slack = 8

    /// The payload that `write` writes: at most `literals` octets besides its strings, which have `strings` octets.
    static func payload(literals: Int, strings: Int, _ write: (inout HeadWriter) -> Void) -> [UInt8] {
        let capacity = literals + strings * longestEscape + slack
        return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            var writer = unsafe HeadWriter(out: start, capacity: capacity)
            write(&writer)
            count = writer.count
        }
    }

    private init(out: UnsafeMutablePointer<UInt8>, capacity: Int) {
        unsafe self.out = out
        self.capacity = capacity
    }

    /// Every write asks first: a bound that was counted wrongly must not become a write behind the end.
    @inline(__always)
    private func need(_ more: Int) { precondition(count + more <= capacity, "the bound of a head is too small") }

    mutating func literal(_ text: StaticString) {
        need(text.utf8CodeUnitCount)
        unsafe (out + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    mutating func number(_ value: UInt32) {
        var digits: [UInt8] = []
        Decimal.append(UInt64(value), to: &digits)
        for digit in digits { put(digit) }
    }

    /// A string with its quotation marks.
    mutating func string(_ text: ByteString) { string(text.bytes.span) }

    /// As `string(_:)`, for octets in place.
    mutating func string(_ text: Span<UInt8>) {
        put(UInt8(ascii: "\""))
        var index = 0
        while text.count - index >= 8 {
            let word = PlainText.word(text, index)
            need(8)
            // All eight are written, and those that stand for themselves are kept.
            unsafe UnsafeMutableRawPointer(out + count).storeBytes(of: word.littleEndian, as: UInt64.self)
            let plain = min(PlainText.special(word).trailingZeroBitCount / 8, 8)
            count += plain
            index += plain
            if plain < 8 {
                escaped(text[index])
                index += 1
            }
        }
        while index < text.count {
            escaped(text[index])
            index += 1
        }
        put(UInt8(ascii: "\""))
    }

    /// One octet, escaped if it must be.
    private mutating func escaped(_ byte: UInt8) {
        if PlainText.isPlain(byte) {
            put(byte)
        } else if byte >= 0x80 {
            put(0xC0 | byte >> 6)
            put(0x80 | byte & 0x3F)
        } else if byte < 0x20 {
            literal("\\u00")
            put(Hex.digit(byte >> 4))
            put(Hex.digit(byte & 15))
        } else {
            put(UInt8(ascii: "\\"))
            put(byte)
        }
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        need(1)
        unsafe out[count] = byte
        count += 1
    }

    /// Names and values in turn.
    mutating func fields(_ fields: HTTPFields) {
        put(UInt8(ascii: "["))
        let start = count
        fields.forEachInPlace { name, value in
            if count > start { put(UInt8(ascii: ",")) }
            string(name)
            put(UInt8(ascii: ","))
            string(value)
        }
        put(UInt8(ascii: "]"))
    }

    /// What `fields` writes besides the octets of names and values.
    static func literals(of fields: HTTPFields) -> Int { 2 + 6 * fields.count }
}

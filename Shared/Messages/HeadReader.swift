import Bytes
import HTTP

/// Reads the JSON of a head from octets, without a tree: the members in their order, no white space. Everything else
/// is refused.
struct HeadReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether exactly these octets come next; then they are passed.
    mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - index >= count else { return false }
        for offset in 0..<count where unsafe bytes[index + offset] != text.utf8Start[offset] { return false }
        index += count
        return true
    }

    mutating func expect(_ text: StaticString) throws(MessageError) {
        guard skip(text) else { throw MessageError(.malformed, ByteString(String(describing: text))) }
    }

    /// Nothing follows.
    func end() throws(MessageError) {
        guard index == bytes.count else { throw MessageError(.malformed) }
    }

    /// A whole number without leading zeros.
    mutating func number() throws(MessageError) -> UInt32 {
        let digits = bytes[index...].prefix { ASCII.isDigit($0) }
        guard let value = Decimal.parse(digits).flatMap(UInt32.init(exactly:)),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { throw MessageError(.invalidMember) }
        index = digits.endIndex
        return value
    }

    mutating func text() throws(MessageError) -> ByteString { ByteString(try string()) }

    /// The octets of a string: a part of the head itself unless something is escaped.
    mutating func string() throws(MessageError) -> ArraySlice<UInt8> {
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw MessageError(.malformed) }
        let start = index + 1
        let end = PlainText.length(bytes.span, from: start)
        guard end < bytes.count else { throw MessageError(.malformed) }
        if bytes[end] == UInt8(ascii: "\"") {
            index = end + 1
            return bytes[start..<end]
        }
        index = start
        return try unescaped()[...]
    }

    /// Names and values in turn.
    mutating func fields() throws(MessageError) -> HTTPFields {
        var fields = HTTPFields()
        try expect("[")
        if skip("]") { return fields }
        repeat {
            let name = try string()
            try expect(",")
            guard fields.append(name: name, value: try string()) else { throw MessageError(.invalidMember, "fields") }
        } while skip(",")
        try expect("]")
        return fields
    }

    /// A string with escapes or octets beyond ASCII, up to its closing quotation mark.
    private mutating func unescaped() throws(MessageError) -> [UInt8] {
        var out: [UInt8] = []
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""): return out
            case UInt8(ascii: "\\"): out.append(try escape())
            case 0x20..<0x80: out.append(byte)
            case 0xC2, 0xC3:
                let second = try next()
                guard second & 0xC0 == 0x80 else { throw MessageError(.malformed) }
                out.append(byte << 6 | second & 0x3F)
            default: throw MessageError(.malformed)
            }
        }
    }

    private mutating func escape() throws(MessageError) -> UInt8 {
        switch try next() {
        case UInt8(ascii: "\""): return UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "/"): return UInt8(ascii: "/")
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            guard try next() == UInt8(ascii: "0"), try next() == UInt8(ascii: "0"),
                let high = Hex.value(try next()), let low = Hex.value(try next())
            else { throw MessageError(.malformed) }
            return high << 4 | low
        default: throw MessageError(.malformed)
        }
    }

    private mutating func next() throws(MessageError) -> UInt8 {
        guard index < bytes.count else { throw MessageError(.malformed) }
        defer { index += 1 }
        return bytes[index]
    }
}

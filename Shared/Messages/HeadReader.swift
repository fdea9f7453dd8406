import Bytes
import HTTP

/// Reads the JSON of a head from octets, without a tree: the members in their order, no white space. Everything else
/// is refused.
struct HeadReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether exactly these octets come next; then they are passed.
    @inline(__always)
    mutating func skip(_ text: StaticString) -> Bool {
        guard isNext(text) else { return false }
        index += text.utf8CodeUnitCount
        return true
    }

    @inline(__always)
    private func isNext(_ text: StaticString) -> Bool {
        let octets = bytes.span
        guard octets.count - index >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount where unsafe octets[index &+ offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }

    mutating func expect(_ text: StaticString) throws(MessageError) {
        guard skip(text) else { throw MessageError(.malformed, ByteString(String(describing: text))) }
    }

    /// As `skip(_:)`, for one character.
    @inline(__always)
    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: byte) else { return false }
        index += 1
        return true
    }

    @inline(__always)
    private mutating func expect(character byte: Unicode.Scalar) throws(MessageError) {
        guard skip(byte) else { throw MessageError(.malformed) }
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

    mutating func text() throws(MessageError) -> ByteString {
        switch try string() {
        case .plain(let range): ByteString(Array(bytes[range]))
        case .unescaped(let octets): ByteString(octets)
        }
    }

    /// The octets of a string.
    private enum Octets {
        /// Where they stand in the head.
        case plain(Range<Int>)
        /// What they are when escapes are resolved.
        case unescaped([UInt8])
    }

    @inline(__always)
    private mutating func string() throws(MessageError) -> Octets {
        try expect(character: "\"")
        let start = index
        let end = PlainText.end(bytes.span, from: start)
        guard end < bytes.count else { throw MessageError(.malformed) }
        if bytes[end] == UInt8(ascii: "\"") {
            index = end + 1
            return .plain(start..<end)
        }
        return .unescaped(try unescaped())
    }

    /// Names and values in turn.
    mutating func fields() throws(MessageError) -> HTTPFields {
        var fields = HTTPFields()
        try expect(character: "[")
        if skip("]" as Unicode.Scalar) { return fields }
        repeat {
            let name = try string()
            try expect(character: ",")
            guard append(name, try string(), to: &fields) else { throw MessageError(.invalidMember, "fields") }
        } while skip("," as Unicode.Scalar)
        try expect(character: "]")
        return fields
    }

    @inline(__always)
    private func append(_ name: Octets, _ value: Octets, to fields: inout HTTPFields) -> Bool {
        let octets = bytes.span
        switch (name, value) {
        case (.plain(let name), .plain(let value)):
            return fields.append(name: octets.extracting(name), value: octets.extracting(value))
        case (.plain(let name), .unescaped(let value)):
            return fields.append(name: octets.extracting(name), value: value.span)
        case (.unescaped(let name), .plain(let value)):
            return fields.append(name: name.span, value: octets.extracting(value))
        case (.unescaped(let name), .unescaped(let value)):
            return fields.append(name: name.span, value: value.span)
        }
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

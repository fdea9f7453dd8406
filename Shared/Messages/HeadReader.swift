import Bytes
import HTTP

/// Reads the JSON of a head from octets, without a tree: the members in their order, no white space. Everything else
/// is refused. Strings stay where they stand; escapes are resolved in their place.
struct HeadReader {
    private var bytes: [UInt8]
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

    mutating func text() throws(MessageError) -> ByteString { ByteString(bytes[try string()]) }

    /// Where the octets of a string stand.
    @inline(__always)
    private mutating func string() throws(MessageError) -> Range<Int> {
        try expect(character: "\"")
        let start = index
        let end = PlainText.end(bytes.span, from: start)
        guard end < bytes.count else { throw MessageError(.malformed) }
        guard bytes[end] == UInt8(ascii: "\"") else { return start..<(try unescape(from: end)) }
        index = end + 1
        return start..<end
    }

    /// The places of names and values, which come in turn.
    mutating func fields() throws(MessageError) -> HTTPFieldPlaces {
        var places = HTTPFieldPlaces()
        try expect(character: "[")
        if skip("]" as Unicode.Scalar) { return places }
        repeat {
            let name = try string()
            try expect(character: ",")
            let value = try string()
            guard places.append(bytes.span, name: name, value: value) else {
                throw MessageError(.invalidMember, "fields")
            }
        } while skip("," as Unicode.Scalar)
        try expect(character: "]")
        return places
    }

    /// The octets that the places point into, once everything is read.
    consuming func octets() -> [UInt8] { bytes }

    /// Resolves escapes and octets beyond ASCII from here to the closing quotation mark; answers the end of the result,
    /// which is never longer than what stood there.
    private mutating func unescape(from start: Int) throws(MessageError) -> Int {
        index = start
        var end = start
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""): return end
            case UInt8(ascii: "\\"): bytes[end] = try escape()
            case 0x20..<0x80: bytes[end] = byte
            case 0xC2, 0xC3:
                let second = try next()
                guard second & 0xC0 == 0x80 else { throw MessageError(.malformed) }
                bytes[end] = byte << 6 | second & 0x3F
            default: throw MessageError(.malformed)
            }
            end += 1
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

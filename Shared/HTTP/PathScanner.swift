import Bytes

/// Walks over a path and refuses: dot segments however they are spelled, with path parameters too (`..;x`); empty
/// segments; encoded separators, control characters and over-long UTF-8; and whatever a URL may not hold.
struct PathScanner {
    private let keepsEncodedSlash: Bool
    private(set) var hasEncodedSlash = false

    /// What the segment at hand is made of so far.
    private enum Segment {
        case empty, oneDot, twoDots, other
    }

    private var segment = Segment.empty
    /// Behind a `;` nothing belongs to the segment's name any more.
    private var inParameters = false
    /// The first octet of an encoded sequence that must not be followed by a low one, or 0.
    private var lead: UInt8 = 0

    init(encodedSlash: EncodedSlash) { keepsEncodedSlash = encodedSlash == .keep }

    /// Scans from the `/` at `start` to a `?` or the end, and returns that place.
    mutating func scan(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(HTTPFault) -> Int {
        var index = start + 1
        while index < end {
            let byte = bytes[index]
            if ByteSet.plainSegment.contains(byte) {
                if !inParameters { segment = .other }
                lead = 0
                index += 1
            } else if byte == UInt8(ascii: "?") {
                break
            } else {
                index = try special(bytes, index, end)
            }
        }
        if isDotSegment { throw .forbiddenPath }
        return index
    }

    private mutating func special(_ bytes: Span<UInt8>, _ index: Int, _ end: Int) throws(HTTPFault) -> Int {
        switch bytes[index] {
        case UInt8(ascii: "%"):
            guard end - index >= 3, let high = Hex.value(bytes[index + 1]), let low = Hex.value(bytes[index + 2])
            else { throw .malformedTarget }
            try encoded(high << 4 | low)
            return index + 3
        case UInt8(ascii: "/"):
            if segment == .empty || isDotSegment { throw .forbiddenPath }
            beginSegment()
        case let byte where ByteSet.segment.contains(byte):
            lead = 0
            add(byte)
        case UInt8(ascii: "\\"):
            throw .forbiddenPath
        default:
            throw .malformedTarget
        }
        return index + 1
    }

    private mutating func encoded(_ byte: UInt8) throws(HTTPFault) {
        if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") { throw .forbiddenPath }
        try overlong(byte)
        guard byte == UInt8(ascii: "/") else { return add(byte) }
        guard keepsEncodedSlash else { throw .encodedSlash }
        hasEncodedSlash = true
        if isDotSegment { throw .forbiddenPath }
        beginSegment()
        segment = .empty
    }

    /// UTF-8 that spells an ASCII character in more octets than one (`%C0%AE`) is a dot or a slash to lax decoders.
    private mutating func overlong(_ byte: UInt8) throws(HTTPFault) {
        if byte == 0xC0 || byte == 0xC1 { throw .forbiddenPath }
        if lead == 0xE0 && 0x80...0x9F ~= byte || lead == 0xF0 && 0x80...0x8F ~= byte { throw .forbiddenPath }
        lead = byte
    }

    private mutating func beginSegment() {
        segment = .empty
        inParameters = false
        lead = 0
    }

    private mutating func add(_ byte: UInt8) {
        if byte == UInt8(ascii: ";") { inParameters = true }
        if inParameters {
            if segment == .empty { segment = .other }
        } else if byte == UInt8(ascii: ".") {
            segment = segment == .empty ? .oneDot : segment == .oneDot ? .twoDots : .other
        } else {
            segment = .other
        }
    }

    private var isDotSegment: Bool { segment == .oneDot || segment == .twoDots }
}

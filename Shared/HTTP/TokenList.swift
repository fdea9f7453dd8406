import Bytes

/// Comma-separated lists (RFC 9110 §5.6.1), with blanks and empty elements skipped.
enum TokenList {
    /// Whether an element equals `token`, which is in lower case, in any case.
    static func contains(_ token: StaticString, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            let element = next(bytes, &start, range.upperBound)
            if token.matchesIgnoringCase(bytes, element.lowerBound, element.upperBound) { return true }
        }
        return false
    }

    /// The element at `start` without its blanks; moves `start` behind its comma.
    static func next(_ bytes: Span<UInt8>, _ start: inout Int, _ end: Int) -> Range<Int> {
        let comma = Word.firstIndex(of: UInt8(ascii: ","), in: bytes, from: start, to: end) ?? end
        var first = start
        var last = comma
        while first < last, FieldValue.isBlank(bytes[first]) { first += 1 }
        while first < last, FieldValue.isBlank(bytes[last - 1]) { last -= 1 }
        start = comma + 1
        return first..<last
    }
}

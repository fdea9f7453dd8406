public import Bytes

/// The cookies of a request (RFC 6265 §5.4), in all its `Cookie` fields: a sequence of name and value, in their order.
///
/// Any octets will do: a part without `=` or with an empty name is passed over, quotes belong to the value. Names and
/// values are compared octet by octet.
public struct Cookies: Sequence, Sendable {
    /// What a request says about one name.
    public enum Lookup: Hashable, Sendable {
        case absent
        case one(ArraySlice<UInt8>)
        /// The name came more than once: one of them may have been planted by a neighbouring host, and nothing tells which.
        case ambiguous
    }

    /// One cookie, not copied.
    public struct Cookie: Hashable, Sendable {
        public let name: ArraySlice<UInt8>
        public let value: ArraySlice<UInt8>
    }

    private let fields: HTTPFields

    public init(_ fields: HTTPFields) { self.fields = fields }

    public func makeIterator() -> Iterator { Iterator(fields) }

    /// The cookie of exactly this name.
    public subscript(name: ByteString) -> Lookup {
        var found = Lookup.absent
        var places = Places()
        while let place = places.next(fields) {
            guard place.nameEnd - place.start == name.count,
                fields.bytes[place.start..<place.nameEnd].elementsEqual(name.bytes)
            else { continue }
            if found != .absent { return .ambiguous }
            found = .one(fields.bytes[(place.nameEnd + 1)..<place.end])
        }
        return found
    }

    public struct Iterator: IteratorProtocol {
        private let fields: HTTPFields
        private var places = Places()

        init(_ fields: HTTPFields) { self.fields = fields }

        public mutating func next() -> Cookie? {
            guard let place = places.next(fields) else { return nil }
            let value = fields.bytes[(place.nameEnd + 1)..<place.end]
            return Cookie(name: fields.bytes[place.start..<place.nameEnd], value: value)
        }
    }

    /// Walks over the `name=value` parts of all `Cookie` fields.
    private struct Places {
        private var slot = 0
        private var position = 0
        private var end = 0

        mutating func next(_ fields: HTTPFields) -> (start: Int, nameEnd: Int, end: Int)? {
            let bytes = fields.bytes.span
            while true {
                while position < end {
                    if let place = part(bytes) { return place }
                }
                guard slot < fields.slots.count else { return nil }
                if fields.slots[slot].known == .cookie {
                    position = fields.slots[slot].value.lowerBound
                    end = fields.slots[slot].value.upperBound
                }
                slot += 1
            }
        }

        /// The part at `position`, if it is a cookie; moves behind its `;`.
        private mutating func part(_ bytes: Span<UInt8>) -> (start: Int, nameEnd: Int, end: Int)? {
            var first = position
            var last = Word.firstIndex(of: UInt8(ascii: ";"), in: bytes, from: position, to: end) ?? end
            position = last + 1
            while first < last, FieldValue.isBlank(bytes[first]) { first += 1 }
            while first < last, FieldValue.isBlank(bytes[last - 1]) { last -= 1 }
            guard let equals = Word.firstIndex(of: UInt8(ascii: "="), in: bytes, from: first, to: last), equals > first
            else { return nil }
            return (first, equals, last)
        }
    }
}

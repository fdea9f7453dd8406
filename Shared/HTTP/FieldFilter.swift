import Bytes

/// A rule about the names of fields, asked once for every name that has a number: later those cost a bit.
public struct FieldFilter: Sendable {
    private var known = KnownFieldSet()
    private let matches: @Sendable (ArraySlice<UInt8>) -> Bool

    /// `matches` decides by a name's octets in lower case.
    public init(_ matches: @escaping @Sendable (ArraySlice<UInt8>) -> Bool) {
        self.matches = matches
        for name in KnownFieldName.allCases where matches(name.spelling.bytes[...]) { known.insert(name) }
    }

    /// Exactly these names.
    public init(_ names: [FieldName]) {
        let spellings = names.map(\.bytes.bytes)
        self.init { name in spellings.contains { name.elementsEqual($0) } }
    }

    @inline(__always) func matches(_ slot: FieldSlot, _ bytes: [UInt8]) -> Bool {
        if let name = slot.known { return known.contains(name) }
        return matches(bytes[slot.name])
    }
}

extension HTTPFields {
    /// Removes the fields whose names a rule matches.
    public mutating func remove(_ filter: FieldFilter) {
        let bytes = bytes
        slots.removeAll { filter.matches($0, bytes) }
    }
}

/// Known names as bits.
struct KnownFieldSet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    mutating func insert(_ name: KnownFieldName) {
        if name.rawValue < 64 { low |= 1 << UInt64(name.rawValue) } else { high |= 1 << UInt64(name.rawValue - 64) }
    }

    @inline(__always) func contains(_ name: KnownFieldName) -> Bool {
        (name.rawValue < 64 ? low : high) &>> UInt64(name.rawValue & 63) & 1 == 1
    }

    static func containing(_ condition: (KnownFieldName) -> Bool) -> KnownFieldSet {
        var set = KnownFieldSet()
        for name in KnownFieldName.allCases where condition(name) { set.insert(name) }
        return set
    }
}

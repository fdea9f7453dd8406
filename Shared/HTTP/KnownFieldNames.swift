import Bytes

/// Finds the number of a field name: its octets in lower case as four words, looked up in an open hash table.
final class KnownFieldNames: Sendable {
    static let shared = KnownFieldNames()

    /// A name of at most 32 octets in lower case, zeros behind its end. The length tells zeros that belong to the name,
    /// which no known one has, from those that do not.
    struct Key: Equatable, Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
        var count = 0

        /// The key of the name at `bytes[start..<start + count]`, of 1 to 32 octets.
        @inline(__always) init(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) {
            self.count = count
            first = Key.word(bytes, start, count)
            if count > 8 { second = Key.word(bytes, start &+ 8, count &- 8) }
            if count > 16 { third = Key.word(bytes, start &+ 16, count &- 16) }
            if count > 24 { fourth = Key.word(bytes, start &+ 24, count &- 24) }
        }

        init() {}

        @inline(__always) private static func word(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64 {
            Word.lowercased(Word.prefix(Word.loadPadded(bytes, start), min(8, count)))
        }

        @inline(__always) var slot: Int {
            let mixed = (first ^ (second &>> 7 | second &<< 57)) &+ (third &<< 3) ^ fourth
            return Int((mixed &* 0x9E37_79B9_7F4A_7C15) &>> 55)
        }
    }

    static let maximumLength = 32
    private static let size = 512

    private struct Entry: Sendable {
        var key = Key()
        var name: KnownFieldName?
    }

    private let entries: [Entry]

    private init() {
        var entries = [Entry](repeating: Entry(), count: KnownFieldNames.size)
        for name in KnownFieldName.allCases {
            let spelling = name.spelling.bytes
            let key = Key(spelling.span, 0, spelling.count)
            var slot = key.slot
            while entries[slot].name != nil { slot = (slot + 1) % KnownFieldNames.size }
            entries[slot] = Entry(key: key, name: name)
        }
        self.entries = entries
    }

    /// The known name that stands at `bytes[start..<end]`, in any case.
    @inline(__always) func find(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> KnownFieldName? {
        guard 1...KnownFieldNames.maximumLength ~= end &- start else { return nil }
        let key = Key(bytes, start, end &- start)
        var slot = key.slot
        while let name = entries[slot].name {
            if entries[slot].key == key { return name }
            slot = (slot &+ 1) & (KnownFieldNames.size &- 1)
        }
        return nil
    }
}

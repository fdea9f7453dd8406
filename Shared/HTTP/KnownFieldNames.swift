import Bytes

/// Finds the number of a field name: its octets in lower case as four words, looked up in an open hash table.
struct KnownFieldNames: Sendable {
    static let shared = KnownFieldNames()

    /// A name of at most 32 octets in lower case, zeros behind its end. The length tells zeros that belong to the name,
    /// which no known one has, from those that do not.
    struct Key: Equatable, Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
        var count = 0

        @inline(__always) mutating func set(_ index: Int, _ word: UInt64) {
            switch index {
            case 0: first = word
            case 1: second = word
            case 2: third = word
            default: fourth = word
            }
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

    private var entries = [Entry](repeating: Entry(), count: size)
    private var spellings: [KnownFieldName: ByteString] = [:]

    private init() {
        for name in KnownFieldName.allCases {
            let spelling = ByteString(name.rawValue)
            spellings[name] = spelling
            let key = KnownFieldNames.key(spelling.bytes.span, 0, spelling.count)
            var slot = key.slot
            while entries[slot].name != nil { slot = (slot + 1) % KnownFieldNames.size }
            entries[slot] = Entry(key: key, name: name)
        }
    }

    func spelling(_ name: KnownFieldName) -> ByteString { spellings[name] ?? .empty }

    @inline(__always) func find(_ key: Key) -> KnownFieldName? {
        var slot = key.slot
        while let name = entries[slot].name {
            if entries[slot].key == key { return name }
            slot = (slot + 1) & (KnownFieldNames.size - 1)
        }
        return nil
    }

    func find(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> KnownFieldName? {
        guard end - start <= KnownFieldNames.maximumLength, start < end else { return nil }
        return find(KnownFieldNames.key(bytes, start, end))
    }

    private static func key(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Key {
        var key = Key()
        key.count = end - start
        var index = 0
        while start + index * 8 < end {
            let offset = start + index * 8
            key.set(index, Word.lowercased(Word.prefix(Word.loadPadded(bytes, offset), min(8, end - offset))))
            index += 1
        }
        return key
    }
}

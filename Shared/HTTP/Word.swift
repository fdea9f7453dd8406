import Bytes

/// Eight octets at a time, first octet lowest. The tests below find the *first* matching octet exactly: a borrow can
/// only disturb octets above it.
enum Word {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The octets from `offset`; there must be eight.
    @inline(__always) static func load(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        // Checked against the bounds; every bit pattern is a valid integer.
        unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// As `load`, with zeros for what lies behind the end.
    @inline(__always) static func loadPadded(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        if bytes.count - offset >= 8 { return load(bytes, offset) }
        var word: UInt64 = 0
        var index = bytes.count
        while index > offset {
            index -= 1
            word = word << 8 | UInt64(bytes[index])
        }
        return word
    }

    /// The top bit of each octet that equals `byte`.
    @inline(__always) static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & tops
    }

    /// The top bit of each octet that is a control character.
    @inline(__always) static func controls(_ word: UInt64) -> UInt64 {
        ((word &- ones &* 0x20) & ~word & tops) | equal(word, 0x7F)
    }

    /// The index of the first octet that a mask of `equal` or `controls` marks.
    @inline(__always) static func firstIndex(_ mask: UInt64) -> Int { mask.trailingZeroBitCount >> 3 }

    /// A–Z become a–z.
    @inline(__always) static func lowercased(_ word: UInt64) -> UInt64 {
        let low = word & ~tops
        let upper = (low &+ ones &* (0x80 - 0x41)) ^ (low &+ ones &* (0x7F - 0x5A))
        return word | ((upper & ~word & tops) >> 2)
    }

    /// The first `count` octets, zeros above; `count` is 1 to 8.
    @inline(__always) static func prefix(_ word: UInt64, _ count: Int) -> UInt64 {
        word & (~0 &>> UInt64(64 - 8 * count))
    }

    /// The index of the first `byte` in a range, or nil.
    static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var index = start
        while end - index >= 8 {
            let mask = equal(load(bytes, index), byte)
            if mask != 0 { return index + firstIndex(mask) }
            index += 8
        }
        while index < end {
            if bytes[index] == byte { return index }
            index += 1
        }
        return nil
    }
}

extension StaticString {
    /// Whether exactly these octets stand at a place.
    func matches(_ bytes: Span<UInt8>, at start: Int, count: Int) -> Bool {
        guard utf8CodeUnitCount == count, bytes.count - start >= count else { return false }
        for index in 0..<count where unsafe utf8Start[index] != bytes[start + index] { return false }
        return true
    }

    /// Whether the first `count` octets are those of this text.
    func begins(with bytes: Span<UInt8>, count: Int) -> Bool {
        guard count <= utf8CodeUnitCount, count <= bytes.count else { return false }
        for index in 0..<count where unsafe utf8Start[index] != bytes[index] { return false }
        return true
    }

    /// Whether `bytes[start..<end]` is this text, which is in lower case, in any case.
    func matchesIgnoringCase(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard utf8CodeUnitCount == end - start, end <= bytes.count else { return false }
        for index in 0..<(end - start) where unsafe utf8Start[index] != ASCII.lowercased(bytes[start + index]) {
            return false
        }
        return true
    }
}

extension [UInt8] {
    /// A–Z become a–z in a part.
    mutating func lowercase(_ range: Range<Int>) {
        var bytes = mutableSpan
        for index in range where bytes[index] &- UInt8(ascii: "A") < 26 { bytes[index] |= 0x20 }
    }
}

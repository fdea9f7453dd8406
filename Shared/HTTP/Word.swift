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
        if offset <= bytes.count &- 8 { return load(bytes, offset) }
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
        ((word &- ones &* 0x20) | ((word ^ ones &* 0x7F) &- ones)) & ~word & tops
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
        while index <= end &- 8 {
            let mask = equal(load(bytes, index), byte)
            if mask != 0 { return index &+ firstIndex(mask) }
            index &+= 8
        }
        while index < end {
            if bytes[index] == byte { return index }
            index &+= 1
        }
        return nil
    }

    /// The index of the first control character in a range, or its end.
    @inline(__always)
    static func firstControl(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index <= end &- 8 {
            let mask = controls(load(bytes, index))
            if mask != 0 { return index &+ firstIndex(mask) }
            index &+= 8
        }
        while index < end, !(bytes[index] < 0x20 || bytes[index] == 0x7F) { index &+= 1 }
        return index
    }
}

extension StaticString {
    /// Octets compared with a text in a `switch`.
    static func ~= (text: StaticString, bytes: ArraySlice<UInt8>) -> Bool {
        text.matches(bytes.span, at: 0, count: bytes.count)
    }

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

extension MutableRawSpan {
    /// A–Z become a–z in a part.
    @inline(__always) mutating func lowercase(_ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound, index <= byteCount &- 8 {
            let word = unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let mask = Word.prefix(~0, Swift.min(8, range.upperBound &- index))
            let lower = Word.lowercased(word) & mask | word & ~mask
            storeBytes(of: lower.littleEndian, toByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        while index < range.upperBound {
            let byte = unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
            storeBytes(of: ASCII.lowercased(byte), toByteOffset: index, as: UInt8.self)
            index &+= 1
        }
    }
}

extension [UInt8] {
    /// A–Z become a–z in a part.
    mutating func lowercase(_ range: Range<Int>) {
        var span = mutableSpan
        // Any octets make an array of octets.
        var raw = unsafe span.mutableBytes
        raw.lowercase(range)
    }
}

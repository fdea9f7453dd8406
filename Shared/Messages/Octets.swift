/// 16 octets as two words: hashed and compared without touching the heap.
struct Octets16: Hashable, Sendable {
    private let words: (UInt64, UInt64)

    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        words = (bigEndian(bytes.prefix(8)), bigEndian(bytes.dropFirst(8)))
    }

    var bytes: [UInt8] { octets(words.0) + octets(words.1) }

    /// The first eight octets, most significant first.
    var prefix: UInt64 { words.0 }

    static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// 32 octets as four words.
struct Octets32: Hashable, Sendable {
    private let high: Octets16
    private let low: Octets16

    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32, let high = Octets16(bytes.prefix(16)), let low = Octets16(bytes.dropFirst(16)) else {
            return nil
        }
        self.high = high
        self.low = low
    }

    var bytes: [UInt8] { high.bytes + low.bytes }
}

private func bigEndian(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

private func octets(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
}

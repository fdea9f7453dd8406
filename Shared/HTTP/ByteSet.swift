/// A set of ASCII octets that costs two shifts to look into.
struct ByteSet: Sendable {
    private let low: UInt64
    private let high: UInt64

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    @inline(__always) func contains(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
    }

    func holds(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var index = start
        while index < end {
            guard contains(bytes[index]) else { return false }
            index &+= 1
        }
        return true
    }

    // Bit n of `low` is octet n, bit n of `high` is octet 64 + n. A test spells every set out.

    /// RFC 9110 §5.6.2: `!#$%&'*+-.^_|~`, a backquote, digits and letters.
    static let token = ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)

    /// RFC 3986 §3.3 `pchar` without `%`, and `[`, `]`, `|`, which browsers leave as they are.
    static let segment = ByteSet(low: 0x2FFF_7FD2_0000_0000, high: 0x57FF_FFFE_AFFF_FFFF)

    /// `segment` without `.` and `;`, which need a closer look.
    static let plainSegment = ByteSet(low: 0x27FF_3FD2_0000_0000, high: 0x57FF_FFFE_AFFF_FFFF)

    /// Visible ASCII without `#`.
    static let query = ByteSet(low: 0xFFFF_FFF6_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF)

    /// Letters, digits, `-`, `.` and `_`: the names of hosts.
    static let hostName = ByteSet(low: 0x03FF_6000_0000_0000, high: 0x07FF_FFFE_87FF_FFFE)

    /// RFC 6265 §4.1.1 `cookie-octet`: visible ASCII without `"`, `,`, `;` and backslash.
    static let cookieValue = ByteSet(low: 0xF7FF_EFFA_0000_0000, high: 0x7FFF_FFFF_EFFF_FFFF)
}

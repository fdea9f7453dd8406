public import Bytes

/// How often something may be done: so many times in a unit of time, evenly refilled, and so many at once.
public struct Rate: Sendable, Hashable {
    public let count: UInt32
    /// Milliseconds in which `count` is refilled.
    public let period: UInt32

    public init(count: UInt32, period: UInt32) {
        self.count = max(1, count)
        self.period = max(1, period)
    }

    /// Parses `10/s`, `600/m`, `1000/h`.
    public init?(_ text: ByteString) {
        guard let (unit, period) = Self.units.first(where: { text.hasSuffix($0.0) }),
            let number = Decimal.parse(text.bytes.dropLast(unit.count)), let count = UInt32(exactly: number), count > 0
        else { return nil }
        self.init(count: count, period: period)
    }

    private static let units: [(ByteString, UInt32)] = [("/s", 1000), ("/m", 60_000), ("/h", 3_600_000)]

    /// Nanoseconds until one more is refilled.
    public var interval: UInt64 { max(1, UInt64(period) * 1_000_000 / UInt64(count)) }
}

public import Bytes

/// Durations and sizes as people write them: a whole number and a unit, nothing between.
public enum Quantity {
    private static let durations: [(unit: ByteString, factor: UInt64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    private static let sizes: [(unit: ByteString, factor: UInt64)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// `250ms`, `30s`, `5m`, `8h`, `7d`; nil for everything else and what does not fit.
    public static func duration(_ text: ByteString) -> Duration? {
        number(text, units: durations).flatMap(Int64.init(exactly:)).map { .milliseconds($0) }
    }

    /// The octets of `512B`, `64KiB`, `1MiB`, `2GiB`; nil for everything else and what does not fit.
    public static func size(_ text: ByteString) -> Int? { number(text, units: sizes).flatMap(Int.init(exactly:)) }

    /// The duration in the largest unit that divides it.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds =
            seconds.multipliedReportingOverflow(by: 1000).partialValue &+ attoseconds / 1_000_000_000_000_000
        return text(UInt64(clamping: milliseconds), units: durations, zero: "0s")
    }

    static func text(size: Int) -> String { text(UInt64(clamping: size), units: sizes, zero: "0B") }

    private static func number(_ text: ByteString, units: [(unit: ByteString, factor: UInt64)]) -> UInt64? {
        let digits = text.bytes.prefix(while: ASCII.isDigit)
        let unit = ByteString(text.bytes[digits.endIndex...])
        guard let value = Decimal.parse(digits), let factor = units.first(where: { $0.unit == unit })?.factor
        else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    private static func text(_ value: UInt64, units: [(unit: ByteString, factor: UInt64)], zero: String) -> String {
        guard value > 0, let best = units.last(where: { value.isMultiple(of: $0.factor) }) else { return zero }
        return "\(value / best.factor)\(best.unit)"
    }
}

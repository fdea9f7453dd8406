internal import Bytes
internal import JSON

/// Sizes and durations as configuration files write them.
enum Quantity {
    private static let sizes: [(ByteString, UInt64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)]
    private static let durations: [(ByteString, UInt64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]

    /// `1048576`, `1MiB`.
    static func bytes(_ value: JSONValue) -> UInt64? {
        if let number = value.integer { return UInt64(exactly: number) }
        return value.string.flatMap { scaled($0, sizes) }
    }

    /// `500ms`, `5s`: more than zero and less than 49 days.
    static func milliseconds(_ value: JSONValue) -> UInt32? {
        guard let amount = value.string.flatMap({ scaled($0, durations) }), amount > 0 else { return nil }
        return UInt32(exactly: amount)
    }

    private static func scaled(_ text: ByteString, _ units: [(ByteString, UInt64)]) -> UInt64? {
        guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Decimal.parse(text.bytes.dropLast(unit.count))
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}

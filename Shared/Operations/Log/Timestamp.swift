import Bytes

/// Points in time as RFC 3339 §5.6 writes them, in UTC with microseconds.
enum Timestamp {
    /// Appends `2026-01-31T23:59:59.000001Z` for the microseconds since 1970.
    static func append(_ microseconds: Int64, to out: inout [UInt8]) {
        let (seconds, fraction) = floored(microseconds, 1_000_000)
        let (days, second) = floored(seconds, 86_400)
        let (year, month, day) = date(days)
        out.append(atMost: 32) { writer in
            writer.append(year, digits: 4, UInt8(ascii: "-"))
            writer.append(month, digits: 2, UInt8(ascii: "-"))
            writer.append(day, digits: 2, UInt8(ascii: "T"))
            writer.append(second / 3600, digits: 2, UInt8(ascii: ":"))
            writer.append(second / 60 % 60, digits: 2, UInt8(ascii: ":"))
            writer.append(second % 60, digits: 2, UInt8(ascii: "."))
            writer.append(fraction, digits: 6, UInt8(ascii: "Z"))
        }
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = (value % divisor + divisor) % divisor
        return ((value - remainder) / divisor, remainder)
    }

    /// The date of a number of days since 1970-01-01. Years are counted from March, so that leap days come last, in
    /// eras of 400 years, which all have as many days.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floored(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}

extension OctetWriter {
    fileprivate mutating func append(_ value: Int64, digits: Int, _ end: UInt8) {
        append(decimal: UInt64(max(0, value)), digits: digits)
        append(end)
    }
}

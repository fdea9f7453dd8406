internal import Bytes
internal import HTTP
internal import Platform
internal import Synchronization

/// The value of the Date field (RFC 9110 §6.6.1), made anew once a second.
final class HTTPClock: Sendable {
    private struct Cached {
        var until: Instant
        var value: FieldValue
    }

    private let cached = Mutex<Cached?>(nil)

    func date(_ now: Instant) -> FieldValue {
        cached.withLock { cached in
            if let cached, now < cached.until { return cached.value }
            let microseconds = WallClock.microseconds()
            let value = FieldValue(Self.format(microseconds / 1_000_000)) ?? ""
            cached = Cached(until: now + .microseconds(1_000_000 - microseconds % 1_000_000), value: value)
            return value
        }
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, from seconds since 1970.
    static func format(_ seconds: Int64) -> ByteString {
        let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, date) = civil(day)
        let time = [second / 3600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
        let weekday = days[Int(day % 7)]
        return ByteString("\(weekday), \(twoDigits(date)) \(months[Int(month) - 1]) \(year) \(time) GMT")
    }

    /// The Gregorian date of a day after 1970: years are counted from March, so that the leap day comes last.
    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

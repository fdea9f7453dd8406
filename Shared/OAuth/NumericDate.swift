internal import JSON

/// Seconds since 1970 as JSON Web Tokens write them (RFC 7519 §2): a number, perhaps with a fraction.
enum NumericDate {
    /// The end of the year 9999.
    private static let latest = 253_402_300_799.0

    /// The whole seconds, or nil for what is no date: another type, before 1970, or beyond the year 9999.
    static func seconds(_ value: JSONValue?) -> Int64? {
        guard let seconds = value?.number?.double, seconds >= 0, seconds <= latest else { return nil }
        return Int64(seconds)
    }
}

internal import Platform
internal import Session

/// Token buckets of many keys under one rate, in memory that never grows. Pure: the time is a parameter.
///
/// A bucket is the instant at which it is full again; one that is full is the same as none. A key has eight places, of
/// which it takes one. When all are taken, it takes over the bucket that lacks least, with what that one lacks: tokens
/// that were spent stay spent. So whoever is limited is forgotten only after seven others are limited as much, and who
/// brings ever new keys is limited together with them.
struct RateTable {
    private struct Bucket {
        var key: UInt64 = 0
        /// Nanoseconds of the monotonic clock.
        var full: UInt64 = 0
    }

    let rate: Rate
    private var buckets: [Bucket]
    private let sets: UInt64
    private static let ways = 8

    init(_ rate: Rate, capacity: Int = 16_384) {
        self.rate = rate
        sets = UInt64(max(1, capacity / Self.ways))
        buckets = Array(repeating: Bucket(), count: Int(sets) * Self.ways)
    }

    /// Takes a token: nil when there was one, otherwise how long until there is. Keys are hashes that nobody outside
    /// can foresee.
    mutating func take(_ key: UInt64, now: Instant) -> Duration? {
        let place = place(of: key)
        let full = max(buckets[place].full, now.nanoseconds) + rate.interval
        let depth = rate.interval * UInt64(rate.count)
        let lacking = full - now.nanoseconds
        guard lacking <= depth else { return .nanoseconds(Int64(clamping: lacking - depth)) }
        buckets[place] = Bucket(key: key, full: full)
        return nil
    }

    /// Puts a token back.
    mutating func giveBack(_ key: UInt64) {
        let place = place(of: key)
        guard buckets[place].key == key else { return }
        buckets[place].full -= min(buckets[place].full, rate.interval)
    }

    /// The key's own bucket, or the one it would take over.
    private func place(of key: UInt64) -> Int {
        let first = Int(key % sets) * Self.ways
        var best = first
        for place in first..<(first + Self.ways) {
            if buckets[place].key == key { return place }
            if buckets[place].full < buckets[best].full { best = place }
        }
        return best
    }
}

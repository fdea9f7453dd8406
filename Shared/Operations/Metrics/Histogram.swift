import Synchronization

/// How durations are distributed, in seconds. One thread observes, its loop's; any thread may read.
public final class Histogram: Sendable {
    /// Upper bounds of the buckets in seconds, rising; one more bucket takes the rest.
    let bounds: [Double]
    private let buckets: [Counter]
    private let nanoseconds = Counter()

    /// From a tenth of a millisecond to ten seconds.
    public static let defaultBounds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds of a histogram rise")
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    /// On the one thread that observes. Negative durations count as zero.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = max(duration, .zero).components
        let value = Double(seconds) + Double(attoseconds) * 1e-18
        buckets[bounds.firstIndex { value <= $0 } ?? bounds.count].increment()
        nanoseconds.increment(by: UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000))
    }

    /// Observations at or below each bound, and all of them last.
    var cumulativeCounts: [UInt64] {
        var total: UInt64 = 0
        return buckets.map { bucket in
            total &+= bucket.value
            return total
        }
    }

    /// The sum of all observations in seconds.
    var sum: Double { Double(nanoseconds.value) / 1e9 }
}

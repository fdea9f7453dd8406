import Synchronization

/// A number that only grows. One thread counts, its loop's; any thread may read. So no operation needs a lock or an
/// atomic addition.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    init() {}

    /// On the one thread that counts.
    public func increment(by amount: UInt64 = 1) {
        count.store(count.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    public var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number that goes up and down. One thread changes it, its loop's; any thread may read.
public final class Gauge: Sendable {
    private let level = Atomic<Int64>(0)

    init() {}

    public func set(_ value: Int64) { level.store(value, ordering: .relaxed) }

    /// On the one thread that changes it.
    public func add(_ amount: Int64) { set(value &+ amount) }

    public var value: Int64 { level.load(ordering: .relaxed) }
}

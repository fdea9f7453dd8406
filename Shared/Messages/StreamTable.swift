/// What a stream table keeps for a stream. Free places hold one that was just made.
public protocol StreamValue: Sendable {
    init()
}

/// Values by the number of their stream: an open hash table, because every frame looks into it. Numbers are given one
/// after the other, so their lowest bits spread them well. A value is changed where it is, in a closure that is compiled
/// in place: an accessor that yields would take memory each time.
public struct StreamTable<Value: StreamValue>: Sendable {
    /// 0 where nothing is: that stream is the connection's own and has no value.
    private var keys: [UInt32]
    private var values: [Value]
    public private(set) var count = 0

    public init() {
        keys = Array(repeating: 0, count: 16)
        values = Array(repeating: Value(), count: 16)
    }

    public var isEmpty: Bool { count == 0 }

    /// The streams that have a value, in no order.
    public var streams: [UInt32] { keys.filter { $0 != 0 } }

    /// A copy of the value.
    public subscript(stream: UInt32) -> Value? { look(stream) { $0 } }

    /// What `body` sees in the value; nil when there is none.
    @inline(__always)
    public func look<Result>(_ stream: UInt32, _ body: (borrowing Value) -> Result) -> Result? {
        let place = place(of: stream)
        return keys[place] == 0 ? nil : body(values[place])
    }

    /// Changes the value in its place and answers what `body` does; nil when there is none.
    @inline(__always)
    public mutating func change<Result, Failure: Error>(
        _ stream: UInt32, _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let place = place(of: stream)
        return keys[place] == 0 ? nil : try body(&values[place])
    }

    /// Keeps a value, in place of the one that is there.
    public mutating func insert(_ value: Value, for stream: UInt32) {
        let place = place(of: stream)
        values[place] = value
        guard keys[place] == 0, stream != 0 else { return }
        keys[place] = stream
        count += 1
        if count * 2 > keys.count { grow() }
    }

    @discardableResult
    public mutating func removeValue(forKey stream: UInt32) -> Value? {
        let place = place(of: stream)
        guard keys[place] != 0 else { return nil }
        var value = Value()
        swap(&value, &values[place])
        free(place)
        return value
    }

    // MARK: Places

    private var mask: Int { keys.count &- 1 }

    /// Where a stream is, or where it would be. At most half of the places are taken, so there is an end.
    @inline(__always)
    private func place(of stream: UInt32) -> Int {
        var place = Int(stream) & mask
        while keys[place] != 0, keys[place] != stream { place = (place &+ 1) & mask }
        return place
    }

    private mutating func grow() {
        let old = self
        keys = Array(repeating: 0, count: old.keys.count * 2)
        values = Array(repeating: Value(), count: old.keys.count * 2)
        for (stream, value) in zip(old.keys, old.values) where stream != 0 {
            let place = place(of: stream)
            keys[place] = stream
            values[place] = value
        }
    }

    /// Moves up whoever stands behind a place, whose value is gone, because it was taken.
    private mutating func free(_ place: Int) {
        var hole = place
        var next = (hole &+ 1) & mask
        while keys[next] != 0 {
            let home = Int(keys[next]) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                keys[hole] = keys[next]
                values.swapAt(hole, next)
                hole = next
            }
            next = (next &+ 1) & mask
        }
        keys[hole] = 0
        count -= 1
    }
}

/// Values by the number of their stream: an open hash table, because every frame looks into it. Numbers are given one
/// after the other, so their lowest bits spread them well.
public struct StreamTable<Value: Sendable>: Sendable {
    /// 0 where nothing is: that stream is the connection's own and has no value.
    private var keys: [UInt32]
    private var values: [Value?]
    public private(set) var count = 0

    public init() {
        keys = Array(repeating: 0, count: 16)
        values = Array(repeating: nil, count: 16)
    }

    public var isEmpty: Bool { count == 0 }

    /// The streams that have a value, in no order.
    public var streams: [UInt32] { keys.filter { $0 != 0 } }

    /// Changed in its place; nil removes it. One path for all cases, so that the access needs no memory of its own.
    public subscript(stream: UInt32) -> Value? {
        @inline(__always) _read { yield values[place(of: stream)] }
        @inline(__always) _modify {
            let place = place(of: stream)
            defer { settle(place, stream) }
            yield &values[place]
        }
    }

    public mutating func removeValue(forKey stream: UInt32) -> Value? {
        var value: Value?
        swap(&self[stream], &value)
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

    /// Brings the key at a place into line with what has become of the value there.
    @inline(__always)
    private mutating func settle(_ place: Int, _ stream: UInt32) {
        let isTaken = keys[place] != 0
        if (values[place] != nil) != isTaken { if isTaken { remove(at: place) } else { take(place, stream) } }
    }

    private mutating func take(_ place: Int, _ stream: UInt32) {
        keys[place] = stream
        count += 1
        if count * 2 > keys.count { grow() }
    }

    private mutating func grow() {
        let old = self
        keys = Array(repeating: 0, count: old.keys.count * 2)
        values = Array(repeating: nil, count: old.keys.count * 2)
        for (stream, value) in zip(old.keys, old.values) where stream != 0 {
            let place = place(of: stream)
            keys[place] = stream
            values[place] = value
        }
    }

    /// Frees a place and moves up whoever stands behind it because it was taken.
    private mutating func remove(at freed: Int) {
        var hole = freed
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
        values[hole] = nil
        count -= 1
    }
}

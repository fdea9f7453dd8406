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

    /// Changed in its place; nil removes it.
    public subscript(stream: UInt32) -> Value? {
        @inline(__always) _read {
            let place = place(of: stream)
            if keys[place] == stream { yield values[place] } else { yield nil }
        }
        @inline(__always) _modify {
            let place = place(of: stream)
            if keys[place] == stream {
                defer { if values[place] == nil { remove(at: place) } }
                yield &values[place]
            } else {
                var new: Value?
                defer { if let new { insert(new, stream) } }
                yield &new
            }
        }
    }

    public mutating func removeValue(forKey stream: UInt32) -> Value? {
        let place = place(of: stream)
        guard keys[place] == stream, stream != 0 else { return nil }
        let value = values[place]
        remove(at: place)
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

    private mutating func insert(_ value: Value, _ stream: UInt32) {
        if (count + 1) * 2 > keys.count { grow() }
        let place = place(of: stream)
        keys[place] = stream
        values[place] = value
        count += 1
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

/// A wheel of 1,024 slots of 10 ms. Entries further away wait at the rim and are looked at again.
///
/// Pure: the tick is a parameter. `next()` costs a scan of 16 words.
struct TimerWheel<Entry> {
    static var slotCount: Int { 1024 }

    private var slots: [[(tick: UInt64, entry: Entry)]] = Array(repeating: [], count: slotCount)
    private var occupied = [UInt64](repeating: 0, count: slotCount / 64)
    /// All slots up to this tick have been swept.
    private(set) var swept: UInt64

    init(at tick: UInt64) { swept = tick }

    mutating func insert(_ entry: Entry, tick: UInt64) {
        let visit = min(max(tick, swept + 1), swept + UInt64(Self.slotCount) - 1)
        let slot = Int(visit % UInt64(Self.slotCount))
        slots[slot].append((tick, entry))
        occupied[slot / 64] |= 1 << UInt64(slot % 64)
    }

    /// Removes and returns all that is due at `tick`; what is not yet due goes back.
    mutating func advance(to tick: UInt64) -> [(tick: UInt64, entry: Entry)] {
        guard tick > swept else { return [] }
        var due: [(tick: UInt64, entry: Entry)] = []
        var later: [(tick: UInt64, entry: Entry)] = []
        for offset in 1...min(tick - swept, UInt64(Self.slotCount)) {
            let slot = Int((swept + offset) % UInt64(Self.slotCount))
            guard occupied[slot / 64] & (1 << UInt64(slot % 64)) != 0 else { continue }
            occupied[slot / 64] &= ~(1 << UInt64(slot % 64))
            for item in slots[slot] { if item.tick <= tick { due.append(item) } else { later.append(item) } }
            slots[slot].removeAll(keepingCapacity: slots[slot].capacity <= 64)
        }
        swept = tick
        for item in later { insert(item.entry, tick: item.tick) }
        return due
    }

    /// The first tick at which something waits, nil when nothing does.
    func next() -> UInt64? {
        let start = Int((swept + 1) % UInt64(Self.slotCount))
        for step in 0...occupied.count {
            let index = (start / 64 + step) % occupied.count
            var word = occupied[index]
            if step == 0 { word &= ~0 << UInt64(start % 64) }
            if step == occupied.count { word &= (1 << UInt64(start % 64)) - 1 }
            guard word != 0 else { continue }
            let slot = index * 64 + word.trailingZeroBitCount
            return swept + 1 + UInt64((slot - start + Self.slotCount) % Self.slotCount)
        }
        return nil
    }
}

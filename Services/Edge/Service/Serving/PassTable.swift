internal import Bytes
internal import Messages
internal import Platform

/// What a session cache knows. Pure: the time is a parameter.
struct PassTable {
    struct Key: Hashable {
        let handle: Handle
        let target: ByteString
        /// Whether the requests that use the pass count as activity. Those that do have a pass of their own: it is
        /// asking for one that the broker notes.
        let slides: Bool
    }

    private struct Entry {
        let passage: Passage
        let until: Instant
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var keys: [SessionTag: Set<Key>] = [:]
    /// Sessions that ended lately: an answer that was written before may still arrive.
    private var ended: [SessionTag: Instant] = [:]
    /// Handles that were logged out here.
    private var refused: [Handle: Instant] = [:]
    /// Grows when everything was forgotten: what was asked for before is out of date.
    private(set) var epoch: UInt64 = 0

    /// Longer than a pass is valid, and than a call may take.
    private static let memory: Duration = .seconds(60)
    /// Longer than a broker should be away; it is told even after that.
    private static let refusal: Duration = .seconds(12 * 3600)

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty && ended.isEmpty && refused.isEmpty }

    func passage(_ key: Key, now: Instant) -> Passage? {
        guard let entry = entries[key], now < entry.until else { return nil }
        return entry.passage
    }

    /// Keeps a pass. False, and nothing is kept, when its session has ended meanwhile. A full table keeps nothing new,
    /// and the pass can still be used once.
    mutating func keep(_ passage: Passage, _ key: Key, until: Instant, epoch: UInt64, now: Instant) -> Bool {
        if ended[passage.session] != nil || isRefused(key.handle, now: now) { return false }
        guard epoch == self.epoch, entries.count < capacity else { return true }
        remove(key)
        entries[key] = Entry(passage: passage, until: until)
        keys[passage.session, default: []].insert(key)
        return true
    }

    /// Removes this pass, unless another has taken its place.
    mutating func forget(_ passage: Passage, _ key: Key) { if entries[key]?.passage == passage { remove(key) } }

    mutating func end(_ session: SessionTag, now: Instant) {
        ended[session] = now + Self.memory
        for key in keys[session] ?? [] { remove(key) }
    }

    mutating func refuse(_ handle: Handle, now: Instant) {
        if refused.count < capacity { refused[handle] = now + Self.refusal }
        for key in entries.keys where key.handle == handle { remove(key) }
    }

    func isRefused(_ handle: Handle, now: Instant) -> Bool {
        guard !refused.isEmpty, let until = refused[handle] else { return false }
        return now < until
    }

    /// Forgets the passes, but not what has ended.
    mutating func removeAll() {
        entries = [:]
        keys = [:]
        epoch += 1
    }

    mutating func sweep(now: Instant) {
        for (key, entry) in entries where entry.until <= now { remove(key) }
        ended = ended.filter { now < $0.value }
        refused = refused.filter { now < $0.value }
    }

    private mutating func remove(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        keys[entry.passage.session]?.remove(key)
        if keys[entry.passage.session]?.isEmpty == true { keys[entry.passage.session] = nil }
    }
}

/// A queue: appended at the end, taken from the front, both in constant time on the average.
struct Ring<Element: Sendable>: Sendable {
    /// Places in front of `start` are empty: what was taken is not kept.
    private var storage: [Element?] = []
    private var start = 0

    var isEmpty: Bool { start == storage.count }
    var count: Int { storage.count - start }
    var first: Element? { isEmpty ? nil : storage[start] }
    var elements: [Element] { storage[start...].compactMap { $0 } }

    mutating func append(_ element: Element) { storage.append(element) }

    mutating func popFirst() -> Element? {
        guard let element = first else { return nil }
        storage[start] = nil
        start += 1
        if start == storage.count {
            removeAll()
        } else if start >= 32, start * 2 >= storage.count {
            storage.removeSubrange(..<start)
            start = 0
        }
        return element
    }

    mutating func removeAll() {
        storage.removeAll(keepingCapacity: storage.capacity <= 64)
        start = 0
    }
}

/// A queue: appended at the end, taken from the front, both in constant time on the average. The first element costs no
/// memory of its own.
struct Ring<Element: Sendable>: Sendable {
    /// Nil when nothing is there.
    private var front: Element?
    /// What follows it. Places before `start` are empty: what was taken is not kept.
    private var storage: [Element?] = []
    private var start = 0

    var isEmpty: Bool { front == nil }
    var count: Int { front == nil ? 0 : 1 + storage.count - start }
    var first: Element? { front }
    var elements: [Element] { ([front] + storage[start...]).compactMap { $0 } }

    mutating func append(_ element: Element) {
        if front == nil { front = element } else { storage.append(element) }
    }

    /// Changes the last element in its place; answers what `change` says, false when nothing is there.
    mutating func changeLast(_ change: (inout Element?) -> Bool) -> Bool {
        if start < storage.count { return change(&storage[storage.count - 1]) }
        return front == nil ? false : change(&front)
    }

    mutating func popFirst() -> Element? {
        guard let element = front.take() else { return nil }
        if start < storage.count { advance() }
        return element
    }

    private mutating func advance() {
        swap(&front, &storage[start])
        start += 1
        if start == storage.count {
            storage.removeAll(keepingCapacity: storage.capacity <= 64)
            start = 0
        } else if start >= 32, start * 2 >= storage.count {
            storage.removeSubrange(..<start)
            start = 0
        }
    }

    mutating func removeAll() {
        front = nil
        storage.removeAll(keepingCapacity: storage.capacity <= 64)
        start = 0
    }
}

/// Bytes on their way from a socket to a parser: appended at the end, consumed from the front.
///
/// It keeps no memory while it is empty, so that an idle connection costs none.
public struct ByteBuffer: Sendable {
    private var storage: [UInt8] = []
    private var start = 0

    public init() {}

    public init(_ bytes: [UInt8]) { storage = bytes }

    public var count: Int { storage.count - start }
    public var isEmpty: Bool { storage.count == start }

    /// What has not been consumed. Indices are the slice's own; keep it no longer than until the next change.
    public var readable: ArraySlice<UInt8> { storage[start...] }

    public mutating func append(contentsOf bytes: some Collection<UInt8>) {
        if start > 0, start >= storage.count / 2 { compact() }
        storage.append(contentsOf: bytes)
    }

    /// Forgets the first `count` bytes; more than there are means all.
    public mutating func consume(_ count: Int) {
        start = min(start + max(count, 0), storage.count)
        if start == storage.count { release() }
    }

    /// Removes and returns at most `count` bytes.
    public mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(readable.prefix(count))
        consume(taken.count)
        return taken
    }

    private mutating func compact() {
        storage.removeSubrange(..<start)
        start = 0
    }

    private mutating func release() {
        storage = []
        start = 0
    }
}

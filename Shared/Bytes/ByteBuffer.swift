/// Bytes on their way from a socket to a parser: appended at the end, consumed from the front.
///
/// It keeps no memory while it is empty, so that an idle connection costs none, unless it is to.
public struct ByteBuffer: Sendable {
    private var storage: [UInt8] = []
    private var start = 0

    private var retained = 0

    public init() {}

    public init(_ bytes: [UInt8]) { storage = bytes }

    /// A buffer that keeps its memory while it is empty, as long as it is no more than this.
    public init(retaining capacity: Int) { retained = capacity }

    public var count: Int { storage.count - start }
    public var isEmpty: Bool { storage.count == start }

    /// What has not been consumed. Indices are the slice's own. Appending while the slice lives copies.
    public var readable: ArraySlice<UInt8> { storage[start...] }

    public mutating func append(contentsOf bytes: some Collection<UInt8>) {
        makeRoom()
        storage.append(contentsOf: bytes)
    }

    public mutating func append(contentsOf bytes: ArraySlice<UInt8>) {
        makeRoom()
        storage.append(contentsOf: bytes)
    }

    public mutating func append(_ byte: UInt8) {
        makeRoom()
        storage.append(byte)
    }

    /// Forgets the first `count` bytes; more than there are means all.
    public mutating func consume(_ count: Int) {
        start += min(max(count, 0), self.count)
        if start == storage.count { release() }
    }

    /// Removes and returns at most `count` bytes. Taking everything hands over the memory instead of copying it.
    public mutating func take(_ count: Int) -> [UInt8] {
        var taken: [UInt8] = []
        if start == 0, count >= storage.count, retained == 0 {
            swap(&taken, &storage)
        } else {
            taken = Array(readable.prefix(max(count, 0)))
            consume(taken.count)
        }
        return taken
    }

    /// As `take(_:)`, without a copy: the bytes share the buffer's memory until they are let go.
    public mutating func takeSlice(_ count: Int) -> ArraySlice<UInt8> {
        let taken = readable.prefix(max(count, 0))
        consume(taken.count)
        return taken
    }

    /// Moves what is left to the front once at least half of the memory is consumed, so that each byte moves at most once
    /// for every byte that is consumed.
    private mutating func makeRoom() {
        guard start > 0, start >= storage.count / 2 else { return }
        storage.removeSubrange(..<start)
        start = 0
    }

    private mutating func release() {
        storage.removeAll(keepingCapacity: storage.capacity <= retained)
        start = 0
    }
}

/// Lines that wait for their reader. When there is no room, new lines are dropped and counted; nobody waits.
struct LogBuffer {
    private let capacity: Int
    private var bytes: [UInt8] = []
    /// How many octets at the front of `bytes` have been written.
    private var written = 0
    /// Lines dropped that no line in the buffer tells of yet.
    private(set) var unreported: UInt64 = 0
    /// Lines dropped since the start.
    private(set) var dropped: UInt64 = 0

    /// What a pipe takes in one piece (PIPE_BUF), so that the lines of several processes do not mix.
    static let piece = 4096

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { bytes.count - written }
    var isEmpty: Bool { count == 0 }

    /// Whether the reader has taken so much that it makes sense to report what was dropped.
    var mayReport: Bool { unreported > 0 && count <= capacity / 2 }

    mutating func append(_ line: [UInt8]) {
        guard count + line.count <= capacity else { return drop(1) }
        bytes += line
    }

    /// Appends the line that tells of the dropped ones.
    mutating func appendReport(_ line: [UInt8]) {
        unreported = 0
        bytes += line
    }

    /// The next octets to write: whole lines that fit into one piece, or one long line.
    func next() -> ArraySlice<UInt8> {
        let waiting = bytes[written...]
        guard waiting.count > Self.piece else { return waiting }
        let newline = UInt8(ascii: "\n")
        if let end = waiting.prefix(Self.piece).lastIndex(of: newline) { return waiting[...end] }
        return waiting.prefix(through: waiting.firstIndex(of: newline) ?? waiting.endIndex - 1)
    }

    mutating func wrote(_ octets: Int) {
        written += octets
        if written == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= 65_536)
            written = 0
        } else if written > capacity / 2 {
            bytes.removeFirst(written)
            written = 0
        }
    }

    /// Drops everything that waits: no one will read it.
    mutating func discard() {
        drop(UInt64(bytes[written...].count { $0 == UInt8(ascii: "\n") }))
        bytes = []
        written = 0
    }

    private mutating func drop(_ lines: UInt64) {
        unreported += lines
        dropped += lines
    }
}

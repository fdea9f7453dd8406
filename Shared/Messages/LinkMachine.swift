import Bytes

/// The protocol of one connection, without the connection: frames in, frames out, and what the streams hold in
/// between. The driver reads and writes octets, and lets tasks wait.
public struct LinkMachine: Sendable {
    public enum Role: Sendable {
        /// Opens streams.
        case client
        /// Answers them.
        case server
    }

    /// What a received frame means for the driver.
    public enum Event: Sendable, Hashable {
        case none
        /// A payload of a message frame.
        case message([UInt8])
        /// The client has opened a stream; its head is the first part.
        case opened(UInt32)
        /// There is something to take from the stream.
        case readable(UInt32)
        /// The stream is over, for whoever reads and whoever writes.
        case aborted(UInt32)
    }

    let role: Role
    /// Most streams at once.
    public var streamLimit: Int
    /// Whether new streams are taken (server).
    public var isAccepting = true

    var streams = StreamTable<StreamState>()
    /// Streams that are not over, whether or not someone still reads from them.
    public internal(set) var live = 0
    /// The highest stream ever opened; every other one up to it is over, or in `streams`.
    var highest: UInt32

    /// Control, credit, aborts and heads, ready to go, in their order.
    var urgent: [UInt8] = []
    /// Streams with a body frame to send, in turn.
    var turn = Ring<UInt32>()
    /// What the windows of this side's readers have beyond the small ones.
    var pool = CreditPool()

    /// What may pile up in `urgent` before a peer that does not read loses its connection.
    static let longestBacklog = 4 << 20

    /// `highest` is the stream number to go on from; for tests of the end of the numbers.
    public init(role: Role, streamLimit: Int, highest: UInt32 = 0) {
        self.role = role
        self.streamLimit = streamLimit
        self.highest = highest
    }

    /// Whether the numbers are used up: the client must connect anew.
    public var isExhausted: Bool { highest == .max }

    /// Whether something waits to be sent, and could be as far as credit goes.
    public var hasOutput: Bool { !urgent.isEmpty || !turn.isEmpty }

    /// Octets of control, credit, aborts and heads that wait to be sent.
    public var urgentCount: Int { urgent.count }

    /// Sends a message.
    public mutating func send(message: [UInt8]) throws(FrameFault) {
        guard message.count <= FrameKind.message.longestPayload else { throw .badLength }
        try enqueue(Frame(.message, stream: 0, payload: message))
    }

    mutating func enqueue(_ frame: Frame) throws(FrameFault) {
        guard urgent.count + frame.payload.count <= Self.longestBacklog else { throw .backlog }
        frame.append(to: &urgent)
    }

    /// Writes a head frame in its place in the queue. Nothing is left of one that turns out too long.
    mutating func enqueue(
        head: some HeadPayload, on stream: UInt32, flags: FrameFlags
    ) throws(FrameFault) {
        guard urgent.count <= Self.longestBacklog - FrameKind.head.longestPayload else { throw .backlog }
        let start = urgent.count
        urgent.append(atMost: FrameHeader.size + head.bound) { writer in
            FrameHeader(.head, stream: stream, length: 0, flags: flags).write(&writer)
            head.write(&writer)
        }
        let length = urgent.count - start - FrameHeader.size
        guard length <= FrameKind.head.longestPayload else {
            urgent.removeSubrange(start...)
            throw .badLength
        }
        urgent.setFrameLength(length, at: start)
    }
}

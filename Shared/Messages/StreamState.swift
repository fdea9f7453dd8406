/// One piece of what a stream delivers to its reader.
public enum StreamPart: Sendable, Hashable {
    /// The payload of the head frame.
    case head([UInt8])
    case body([UInt8])
    /// Nothing more will come. Told as often as asked.
    case end
}

/// How far one direction of a stream is. Can transition to: `idle` → `open` → `ended`.
enum StreamHalf: Sendable, Hashable {
    /// The head has not been sent yet.
    case idle
    case open
    /// END has been sent, or the stream was aborted.
    case ended
}

/// All there is to know of one stream.
struct StreamState: Sendable {
    struct Received: Sendable {
        var part: StreamPart
        /// Octets of body, all of them outside the connection's window or none.
        var count = 0
        var isExpress = false
    }

    var local: StreamHalf
    var remote: StreamHalf
    /// Set once: why the stream is over before its ends.
    var failure: Abort?

    // Receiving.
    var inbox = Ring<Received>()
    /// What the reader has taken last. It counts as consumed when the reader comes for more.
    var taken: Received?
    var window = ReceiveWindow()
    var expressReceived = 0
    /// Nobody will read any more: what comes is dropped.
    var isAbandoned = false

    // Sending.
    var credit = SendCredit(initial: Window.initial, limit: Window.largest)
    var expressLeft = Window.express
    var outgoing: ArraySlice<UInt8> = []
    /// END goes out with the last octet.
    var endsAfterOutgoing = false
    /// Waits its turn, or for the connection's credit.
    var isQueued = false

    var isOver: Bool { local == .ended && remote == .ended }

    /// Whether something can be framed, as far as the stream itself is concerned.
    var hasFrame: Bool {
        guard local == .open else { return false }
        return outgoing.isEmpty ? endsAfterOutgoing : credit.available > 0
    }

    /// The size of the next body frame, and whether it stays outside the connection's credit.
    func nextFrame(connection: Int) -> (count: Int, isExpress: Bool)? {
        let count = min(outgoing.count, FrameKind.body.longestPayload, credit.available)
        if expressLeft > 0 || count == 0 { return (min(count, expressLeft), true) }
        guard connection > 0 else { return nil }
        return (min(count, connection), false)
    }

    /// Takes note of body octets; the caller has checked that the direction is open.
    mutating func receive(_ count: Int, isExpress: Bool) throws(FrameFault) {
        try window.receive(count)
        guard isExpress else { return }
        expressReceived += count
        guard expressReceived <= Window.express else { throw .creditExceeded }
    }
}

/// One piece of what a stream delivers to its reader.
public enum StreamPart: Sendable, Hashable {
    /// The payload of the head frame.
    case head([UInt8])
    case body([UInt8])
    /// Nothing more will come. Told as often as asked.
    case end
}

extension StreamPart {
    /// Adds a piece of body to one that still waits for its reader, as long as both fit into one frame: or a sender of
    /// single octets would cost many times its window.
    static func merge(_ part: StreamPart, into last: inout StreamPart?) -> Bool {
        guard case .body(let octets) = part, case .body(var waiting)? = last,
            waiting.count + octets.count <= FrameKind.body.longestPayload
        else { return false }
        // Nothing else holds them now, so they grow where they are.
        last = nil
        waiting += octets
        last = .body(waiting)
        return true
    }
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
struct StreamState: StreamValue {
    var local: StreamHalf
    var remote: StreamHalf
    /// Set once: why the stream is over before its ends.
    var failure: Abort?

    // Receiving.
    var head: [UInt8]?
    var inbox = Ring<StreamPart>()
    /// END follows `head` and what is in `inbox`.
    var inboxEnds = false
    /// Octets of the body that the reader has taken last. They count as consumed when the reader comes for more.
    var taken = 0
    var window: ReceiveWindow
    /// Nobody will read any more: what comes is dropped.
    var isAbandoned = false

    // Sending.
    var credit: SendCredit
    var outgoing: ArraySlice<UInt8> = []
    /// END goes out with the last octet.
    var endsAfterOutgoing = false
    /// Waits its turn.
    var isQueued = false

    init() { self.init(local: .idle, remote: .idle, window: Window.small, credit: Window.small) }

    /// `window` is what the peer may send at first, `credit` what this side may.
    init(local: StreamHalf, remote: StreamHalf, window: Int, credit: Int) {
        self.local = local
        self.remote = remote
        self.window = ReceiveWindow(size: window)
        self.credit = SendCredit(available: credit)
    }

    var isOver: Bool { local == .ended && remote == .ended }

    /// Whether something can be framed, as far as the stream itself is concerned.
    var hasFrame: Bool {
        guard local == .open else { return false }
        return outgoing.isEmpty ? endsAfterOutgoing : credit.available > 0
    }

    /// The size of the next body frame.
    var nextFrame: Int { min(outgoing.count, FrameKind.body.longestPayload, credit.available) }

    mutating func spend(_ count: Int) {
        outgoing = count == outgoing.count ? [] : outgoing.dropFirst(count)
        credit.spend(count)
    }
}

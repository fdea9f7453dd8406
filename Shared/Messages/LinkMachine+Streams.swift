/// What the driver asks for a stream.
extension LinkMachine {
    /// Opens a stream (client); nil at the limit, or when the numbers are used up.
    public mutating func open(head: [UInt8], end: Bool) throws(FrameFault) -> UInt32? {
        guard role == .client, live < streamLimit, !isExhausted else { return nil }
        guard head.count <= FrameKind.head.longestPayload else { throw .badLength }
        highest += 1
        live += 1
        let isWide = pool.reserve(Window.wide - Window.small)
        streams[highest] = StreamState(
            local: end ? .ended : .open, remote: .idle, window: isWide ? Window.wide : Window.small,
            credit: Window.small)
        var flags: FrameFlags = isWide ? .wide : []
        if end { flags.insert(.end) }
        try enqueue(Frame(.head, stream: highest, payload: head, flags: flags))
        return highest
    }

    /// Sends the head of the answer (server). Does nothing on a stream that is over.
    public mutating func send(head: [UInt8], on stream: UInt32, end: Bool) throws(FrameFault) {
        guard head.count <= FrameKind.head.longestPayload else { throw .badLength }
        guard let place = streams.index(forKey: stream), streams.values[place].local == .idle else { return }
        streams.values[place].local = end ? .ended : .open
        if streams.values[place].isOver { live -= 1 }
        try enqueue(Frame(.head, stream: stream, payload: head, flags: end ? .end : []))
    }

    /// Whether the next piece of body would be taken.
    public func mayWrite(_ stream: UInt32) -> Bool { streams[stream]?.outgoing.isEmpty ?? true }

    /// Whether asking for a part would give one, or the stream is over.
    public func mayTake(_ stream: UInt32) -> Bool {
        guard let state = streams[stream] else { return true }
        return !state.inbox.isEmpty || state.failure != nil
    }

    /// Why the stream is over before its ends, if it is.
    public func failure(of stream: UInt32) -> Abort? { streams[stream]?.failure }

    /// Takes a piece of body for sending when `mayWrite` says so. Does nothing on a stream that is over.
    public mutating func send(body: ArraySlice<UInt8>, on stream: UInt32, end: Bool) {
        guard let place = streams.index(forKey: stream), streams.values[place].mayBeGivenMore else { return }
        streams.values[place].outgoing = body
        streams.values[place].endsAfterOutgoing = end
        queue(stream)
    }

    /// Sends END after what was taken.
    public mutating func finish(_ stream: UInt32) {
        guard streams[stream]?.local == .open else { return }
        streams[stream]?.endsAfterOutgoing = true
        queue(stream)
    }

    /// Ends the stream at once and tells the peer.
    public mutating func abort(_ stream: UInt32, _ abort: Abort) throws(FrameFault) {
        guard let place = streams.index(forKey: stream), !streams.values[place].isOver else { return }
        fail(stream, abort, keepsInbox: false)
        try enqueue(abort.frame(stream: stream))
    }

    /// The next part for the reader, nil when there is none yet. Asking says that the body taken before has been
    /// passed on: its credit goes back to the sender.
    public mutating func take(_ stream: UInt32) throws(FrameFault) -> StreamPart? {
        guard let place = streams.index(forKey: stream) else { return nil }
        let consumed = streams.values[place].taken
        let part = streams.values[place].take()
        if consumed > 0, streams.values[place].remote == .open,
            let grant = streams.values[place].window.consume(consumed, from: &pool)
        {
            try enqueue(.credit(grant, stream: stream))
        }
        return part
    }

    /// Nobody holds the stream any more. What was taken for sending still goes out if its END was; everything else
    /// ends at once.
    public mutating func release(_ stream: UInt32) throws(FrameFault) {
        guard let place = streams.index(forKey: stream) else { return }
        streams.values[place].isAbandoned = true
        streams.values[place].inbox.removeAll()
        if streams.values[place].isOver {
            forget(stream)
        } else if !streams.values[place].isEnding {
            try abort(stream, Abort(.cancelled))
        }
    }

    /// Gives the stream its turn to send, if it has something.
    mutating func queue(_ stream: UInt32) {
        guard let place = streams.index(forKey: stream), !streams.values[place].isQueued, streams.values[place].hasFrame
        else { return }
        streams.values[place].isQueued = true
        turn.append(stream)
    }
}

extension StreamState {
    var mayBeGivenMore: Bool { local == .open && !endsAfterOutgoing }

    /// Whether this direction comes to its end by itself.
    var isEnding: Bool { local == .open && endsAfterOutgoing }

    /// The end stays, for whoever asks again.
    mutating func take() -> StreamPart? {
        taken = 0
        guard let part = inbox.first, part != .end else { return inbox.first }
        if case .body(let body) = part { taken = body.count }
        return inbox.popFirst()
    }
}

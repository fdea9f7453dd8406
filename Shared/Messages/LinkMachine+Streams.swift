/// What the driver asks for a stream.
extension LinkMachine {
    /// Opens a stream (client); nil at the limit, or when the numbers are used up.
    public mutating func open(head: [UInt8], end: Bool) throws(FrameFault) -> UInt32? {
        guard role == .client, live < streamLimit, !isExhausted else { return nil }
        guard head.count <= FrameKind.head.longestPayload else { throw .badLength }
        highest += 1
        live += 1
        streams[highest] = StreamState(local: end ? .ended : .open, remote: .idle)
        try enqueue(Frame(.head, stream: highest, payload: head, flags: end ? .end : []))
        return highest
    }

    /// Sends the head of the answer (server). Does nothing on a stream that is over.
    public mutating func send(head: [UInt8], on stream: UInt32, end: Bool) throws(FrameFault) {
        guard head.count <= FrameKind.head.longestPayload else { throw .badLength }
        guard var state = streams[stream], state.local == .idle else { return }
        state.local = end ? .ended : .open
        if state.isOver { live -= 1 }
        streams[stream] = state
        try enqueue(Frame(.head, stream: stream, payload: head, flags: end ? .end : []))
    }

    /// Whether the next piece of body would be taken.
    public func mayWrite(_ stream: UInt32) -> Bool { streams[stream]?.outgoing.isEmpty ?? true }

    /// Why the stream is over before its ends, if it is.
    public func failure(of stream: UInt32) -> Abort? { streams[stream]?.failure }

    /// Takes a piece of body for sending when `mayWrite` says so. Does nothing on a stream that is over.
    public mutating func send(body: ArraySlice<UInt8>, on stream: UInt32, end: Bool) {
        guard var state = streams[stream], state.local == .open, !state.endsAfterOutgoing else { return }
        state.outgoing = body
        state.endsAfterOutgoing = end
        streams[stream] = state
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
        guard let state = streams[stream], !state.isOver else { return }
        try fail(stream, abort, keepsInbox: false)
        try enqueue(abort.frame(stream: stream))
    }

    /// The next part for the reader, nil when there is none yet. Asking says that the body taken before has been
    /// passed on: its credit goes back to the sender.
    public mutating func take(_ stream: UInt32) throws(FrameFault) -> StreamPart? {
        guard var state = streams[stream] else { return nil }
        let consumed = state.taken
        state.taken = state.inbox.first?.part == .end ? nil : state.inbox.popFirst()
        let part = state.taken?.part ?? state.inbox.first?.part
        var grant: Int?
        if let consumed, consumed.count > 0, state.remote == .open {
            grant = state.window.consume(consumed.count, mayGrow: connectionWindow.isRoomy)
        }
        streams[stream] = state
        if let grant { try enqueue(.credit(grant, stream: stream)) }
        if let consumed, consumed.counted > 0 { try drop(counted: consumed.counted) }
        return part
    }

    /// Nobody holds the stream any more. What was taken for sending still goes out if its END was; everything else
    /// ends at once.
    public mutating func release(_ stream: UInt32) throws(FrameFault) {
        guard var state = streams[stream] else { return }
        let counted = state.discardInbox()
        state.isAbandoned = true
        streams[stream] = state.isOver ? nil : state
        try drop(counted: counted)
        let isEnding = state.local == .open && state.endsAfterOutgoing
        if !state.isOver, !isEnding { try abort(stream, Abort(.cancelled)) }
    }

    /// Gives the stream its turn to send, if it has something.
    mutating func queue(_ stream: UInt32) {
        guard let state = streams[stream], !state.isQueued, state.hasFrame else { return }
        streams[stream]?.isQueued = true
        turn.append(stream)
    }
}

/// What the driver asks for a stream.
extension LinkMachine {
    /// Opens a stream (client); nil at the limit, or when the numbers are used up. `.badLength` for a head that is too
    /// long: then nothing happens.
    public mutating func open(head: some HeadPayload, end: Bool) throws(FrameFault) -> UInt32? {
        guard role == .client, live < streamLimit, !isExhausted else { return nil }
        let isWide = pool.reserve(Window.wide - Window.small)
        var flags: FrameFlags = isWide ? .wide : []
        if end { flags.insert(.end) }
        do throws(FrameFault) { try enqueue(head: head, on: highest + 1, flags: flags) } catch {
            if isWide { pool.release(Window.wide - Window.small) }
            throw error
        }
        highest += 1
        live += 1
        let state = StreamState(
            local: end ? .ended : .open, remote: .idle, window: isWide ? Window.wide : Window.small,
            credit: Window.small)
        streams.insert(state, for: highest)
        return highest
    }

    /// Sends the head of the answer (server). Does nothing on a stream that is over.
    public mutating func send(head: some HeadPayload, on stream: UInt32, end: Bool) throws(FrameFault) {
        guard streams.look(stream, { $0.local == .idle }) == true else { return }
        try enqueue(head: head, on: stream, flags: end ? .end : [])
        let isOver = streams.change(stream) { state in
            state.local = end ? .ended : .open
            return state.isOver
        }
        if isOver == true { live -= 1 }
    }

    /// Whether the next piece of body would be taken.
    public func mayWrite(_ stream: UInt32) -> Bool { streams.look(stream) { $0.outgoing.isEmpty } ?? true }

    /// Whether asking for a part would give one, or the stream is over.
    public func mayTake(_ stream: UInt32) -> Bool { streams.look(stream) { $0.hasNews } ?? true }

    /// Why the stream is over before its ends, if it is.
    public func failure(of stream: UInt32) -> Abort? { streams.look(stream) { $0.failure } ?? nil }

    /// Takes a piece of body for sending when `mayWrite` says so. Does nothing on a stream that is over.
    public mutating func send(body: ArraySlice<UInt8>, on stream: UInt32, end: Bool) {
        let hasTurn = streams.change(stream) { $0.mayBeGivenMore && $0.give(body, end: end) }
        if hasTurn == true { turn.append(stream) }
    }

    /// Sends END after what was taken.
    public mutating func finish(_ stream: UInt32) {
        let hasTurn = streams.change(stream) { $0.local == .open && $0.endAfterOutgoing() }
        if hasTurn == true { turn.append(stream) }
    }

    /// Ends the stream at once and tells the peer.
    public mutating func abort(_ stream: UInt32, _ abort: Abort) throws(FrameFault) {
        let isAbandoned = streams.change(stream) { $0.isOver ? nil : $0.fail(abort, keepsInbox: false) } ?? nil
        if noteFailed(stream, isAbandoned) { try enqueue(abort.frame(stream: stream)) }
    }

    /// The next part for the reader, nil when there is none yet. Asking says that the body taken before has been
    /// passed on: its credit goes back to the sender.
    public mutating func take(_ stream: UInt32) throws(FrameFault) -> StreamPart? {
        var pool = pool
        guard let part = streams.change(stream, { $0.take(&pool) }) else { return nil }
        self.pool = pool
        if let grant = part.grant { try enqueue(.credit(grant, stream: stream)) }
        return part.part
    }

    /// Nobody holds the stream any more. What was taken for sending still goes out if its END was and the peer may
    /// wait for it; everything else ends at once.
    public mutating func release(_ stream: UInt32) throws(FrameFault) {
        guard let (isOver, isEnding) = streams.change(stream, { $0.abandon(answers: role == .server) }) else { return }
        if isOver {
            forget(stream)
        } else if !isEnding {
            try abort(stream, Abort(.cancelled))
        }
    }
}

extension StreamState {
    var mayBeGivenMore: Bool { local == .open && !endsAfterOutgoing }

    /// Whether a part is there to take, or none will come.
    var hasNews: Bool { head != nil || !inbox.isEmpty || inboxEnds || failure != nil }

    /// These three answer whether the stream now has a turn that it had not.
    mutating func give(_ body: ArraySlice<UInt8>, end: Bool) -> Bool {
        outgoing = body
        endsAfterOutgoing = end
        return takeTurn()
    }

    mutating func endAfterOutgoing() -> Bool {
        endsAfterOutgoing = true
        return takeTurn()
    }

    mutating func takeTurn() -> Bool {
        guard !isQueued, hasFrame else { return false }
        isQueued = true
        return true
    }

    /// The next part, and what is to be granted to the sender now that the one before has left. The end stays, for
    /// whoever asks again.
    mutating func take(_ pool: inout CreditPool) -> (part: StreamPart?, grant: Int?) {
        var grant: Int?
        if taken > 0, remote == .open { grant = window.consume(taken, from: &pool) }
        taken = 0
        if let head = head.take() { return (.head(head), grant) }
        guard let part = inbox.popFirst() else { return (inboxEnds ? .end : nil, grant) }
        if case .body(let body) = part { taken = body.count }
        return (part, grant)
    }

    mutating func dropInbox() {
        head = nil
        inbox.removeAll()
        inboxEnds = false
    }

    /// Drops what nobody will read. Answers whether it is over, and whether this direction ends by itself.
    mutating func abandon(answers: Bool) -> (isOver: Bool, isEnding: Bool) {
        isAbandoned = true
        dropInbox()
        // A question whose answer nobody wants is sent for nothing. Both sides may have let go of their ends: then neither
        // would give the other credit, and the stream would never be over.
        return (isOver, local == .open && endsAfterOutgoing && (answers || remote == .ended))
    }
}

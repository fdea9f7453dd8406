extension LinkMachine {
    /// Takes a frame. A fault ends the connection.
    public mutating func receive(_ frame: Frame) throws(FrameFault) -> Event {
        switch frame.kind {
        case .message: return .message(frame.payload)
        case .head where frame.stream > highest: return try receiveOpening(frame)
        case .credit: try receiveCredit(frame)
        case .head: return try receiveHead(frame)
        case .body: return try receiveBody(frame)
        case .abort: return try receiveAbort(frame)
        }
        return .none
    }

    /// Whether the stream of a frame is still there. When it has ended, the frame is dropped.
    private func isLive(_ stream: UInt32) throws(FrameFault) -> Bool {
        guard stream <= highest else { throw .wrongStream }
        return streams[stream]?.isOver == false
    }

    private mutating func receiveCredit(_ frame: Frame) throws(FrameFault) {
        guard try isLive(frame.stream) else { return }
        try streams[frame.stream]?.credit.grant(frame.amount)
        queue(frame.stream)
    }

    private mutating func receiveOpening(_ frame: Frame) throws(FrameFault) -> Event {
        guard role == .server else { throw .wrongStream }
        highest = frame.stream
        guard isAccepting else {
            try enqueue(Abort(.notSent, .draining).frame(stream: frame.stream))
            return .none
        }
        guard live < streamLimit else { throw .tooMany }
        live += 1
        let credit = frame.flags.contains(.wide) ? Window.wide : Window.small
        var state = StreamState(local: .idle, remote: .idle, window: Window.small, credit: credit)
        state.receive(.head(frame.payload), end: frame.flags.contains(.end))
        streams[frame.stream] = state
        return .opened(frame.stream)
    }

    private mutating func receiveHead(_ frame: Frame) throws(FrameFault) -> Event {
        guard !frame.flags.contains(.wide) else { throw .unknownFlag }
        guard try isLive(frame.stream) else { return .none }
        guard streams[frame.stream]?.remote == .idle else { throw .outOfOrder }
        return deliver(.head(frame.payload), of: frame)
    }

    private mutating func receiveBody(_ frame: Frame) throws(FrameFault) -> Event {
        guard try isLive(frame.stream) else { return .none }
        guard streams[frame.stream]?.remote == .open else { throw .outOfOrder }
        try streams[frame.stream]?.window.receive(frame.payload.count)
        return deliver(frame.payload.isEmpty ? nil : .body(frame.payload), of: frame)
    }

    /// Puts what a frame carries, and its END, where the reader finds it.
    private mutating func deliver(_ part: StreamPart?, of frame: Frame) -> Event {
        let end = frame.flags.contains(.end)
        guard let (isOver, isAbandoned) = streams[frame.stream]?.receive(part, end: end) else { return .none }
        if isOver { live -= 1 }
        if isOver, isAbandoned { forget(frame.stream) }
        return isAbandoned ? .none : .readable(frame.stream)
    }

    private mutating func receiveAbort(_ frame: Frame) throws(FrameFault) -> Event {
        guard let abort = Abort(frame.payload) else { throw .malformedAbort }
        guard try isLive(frame.stream) else { return .none }
        fail(frame.stream, abort, keepsInbox: streams[frame.stream]?.remote == .ended)
        return .aborted(frame.stream)
    }

    /// Ends both directions. What was received whole stays readable.
    mutating func fail(_ stream: UInt32, _ abort: Abort, keepsInbox: Bool) {
        guard streams[stream]?.isOver == false else { return }
        streams[stream]?.fail(abort, keepsInbox: keepsInbox)
        live -= 1
        if streams[stream]?.isAbandoned == true { forget(stream) }
    }

    /// The stream is over and nobody holds it.
    mutating func forget(_ stream: UInt32) {
        guard let state = streams.removeValue(forKey: stream) else { return }
        pool.release(state.window.reserved)
    }
}

extension StreamState {
    @discardableResult
    mutating func receive(_ part: StreamPart?, end: Bool) -> (isOver: Bool, isAbandoned: Bool) {
        remote = end ? .ended : .open
        if !isAbandoned {
            if let part, !inbox.changeLast({ StreamPart.merge(part, into: &$0) }) { inbox.append(part) }
            inboxEnds = end
        }
        return (isOver, isAbandoned)
    }

    mutating func fail(_ abort: Abort, keepsInbox: Bool) {
        local = .ended
        remote = .ended
        failure = abort
        outgoing = []
        endsAfterOutgoing = false
        guard !keepsInbox else { return }
        inbox.removeAll()
        inboxEnds = false
    }
}

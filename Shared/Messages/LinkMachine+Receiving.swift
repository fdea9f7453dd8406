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

    /// Changes the stream of a frame. When it has ended, or is not there any more, the frame is dropped.
    @inline(__always)
    private mutating func changeLive<Result>(
        _ stream: UInt32, _ body: (inout StreamState) throws(FrameFault) -> Result
    ) throws(FrameFault) -> Result? {
        guard stream <= highest else { throw .wrongStream }
        let result = try streams.change(stream) { state throws(FrameFault) in
            state.isOver ? nil : try body(&state)
        }
        return result ?? nil
    }

    private mutating func receiveCredit(_ frame: Frame) throws(FrameFault) {
        let hasTurn = try changeLive(frame.stream) { state throws(FrameFault) in
            try state.credit.grant(frame.amount)
            return state.takeTurn()
        }
        if hasTurn == true { turn.append(frame.stream) }
    }

    private mutating func receiveOpening(_ frame: Frame) throws(FrameFault) -> Event {
        // Numbers are given one after the other: one that was left out could be taken for one that has ended.
        guard role == .server, frame.stream == highest + 1 else { throw .wrongStream }
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
        streams.insert(state, for: frame.stream)
        return .opened(frame.stream)
    }

    private mutating func receiveHead(_ frame: Frame) throws(FrameFault) -> Event {
        guard !frame.flags.contains(.wide) else { throw .unknownFlag }
        return try deliver(frame) { state throws(FrameFault) in
            guard state.remote == .idle else { throw .outOfOrder }
            return .head(frame.payload)
        }
    }

    private mutating func receiveBody(_ frame: Frame) throws(FrameFault) -> Event {
        try deliver(frame) { state throws(FrameFault) in
            guard state.remote == .open else { throw .outOfOrder }
            try state.window.receive(frame.payload.count)
            return frame.payload.isEmpty ? nil : .body(frame.payload)
        }
    }

    /// Puts what a frame carries, and its END, where the reader finds it.
    @inline(__always)
    private mutating func deliver(
        _ frame: Frame, _ part: (inout StreamState) throws(FrameFault) -> StreamPart?
    ) throws(FrameFault) -> Event {
        let received = try changeLive(frame.stream) { state throws(FrameFault) in
            state.receive(try part(&state), end: frame.flags.contains(.end))
        }
        guard let (isOver, isAbandoned) = received else { return .none }
        if isOver { live -= 1 }
        if isOver, isAbandoned { forget(frame.stream) }
        return isAbandoned ? .none : .readable(frame.stream)
    }

    private mutating func receiveAbort(_ frame: Frame) throws(FrameFault) -> Event {
        guard let abort = Abort(frame.payload) else { throw .malformedAbort }
        let isAbandoned = try changeLive(frame.stream) { state throws(FrameFault) in
            state.fail(abort, keepsInbox: state.remote == .ended)
        }
        return noteFailed(frame.stream, isAbandoned) ? .aborted(frame.stream) : .none
    }

    /// A stream has been ended in both directions; false when there was none to end.
    mutating func noteFailed(_ stream: UInt32, _ isAbandoned: Bool?) -> Bool {
        guard let isAbandoned else { return false }
        live -= 1
        if isAbandoned { forget(stream) }
        return true
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
            if let part { keep(part) }
            inboxEnds = end
        }
        return (isOver, isAbandoned)
    }

    private mutating func keep(_ part: StreamPart) {
        if case .head(let head) = part {
            self.head = head
        } else if !inbox.changeLast({ StreamPart.merge(part, into: &$0) }) {
            inbox.append(part)
        }
    }

    /// Ends both directions. What was received whole stays readable. Answers whether nobody holds the stream.
    mutating func fail(_ abort: Abort, keepsInbox: Bool) -> Bool {
        local = .ended
        remote = .ended
        failure = abort
        outgoing = []
        endsAfterOutgoing = false
        if !keepsInbox { dropInbox() }
        return isAbandoned
    }
}

extension LinkMachine {
    /// Takes a frame. A fault ends the connection.
    public mutating func receive(_ frame: Frame) throws(FrameFault) -> Event {
        switch frame.kind {
        case .message: return .message(frame.payload)
        case .credit: return try receiveCredit(frame)
        case .head: return try receiveHead(frame)
        case .body: return try receiveBody(frame)
        case .abort: return try receiveAbort(frame)
        }
    }

    private mutating func receiveCredit(_ frame: Frame) throws(FrameFault) -> Event {
        guard frame.stream != 0 else {
            try connectionCredit.grant(frame.amount)
            while let stream = parked.popFirst() { turn.append(stream) }
            return .none
        }
        guard frame.stream <= highest else { throw .wrongStream }
        guard var state = streams[frame.stream], !state.isOver else { return .none }
        try state.credit.grant(frame.amount)
        streams[frame.stream] = state
        queue(frame.stream)
        return .none
    }

    private mutating func receiveHead(_ frame: Frame) throws(FrameFault) -> Event {
        if frame.stream > highest {
            guard role == .server else { throw .wrongStream }
            return try receiveOpening(frame)
        }
        guard var state = streams[frame.stream], !state.isOver else { return .none }
        guard state.remote == .idle else { throw .outOfOrder }
        state.remote = .open
        deliver(.init(part: .head(frame.payload)), &state)
        return settle(frame, state)
    }

    private mutating func receiveOpening(_ frame: Frame) throws(FrameFault) -> Event {
        highest = frame.stream
        guard isAccepting else {
            try enqueue(Abort(.notSent, .draining).frame(stream: frame.stream))
            return .none
        }
        guard live < streamLimit else { throw .tooMany }
        live += 1
        var state = StreamState(local: .idle, remote: .open)
        deliver(.init(part: .head(frame.payload)), &state)
        _ = settle(frame, state)
        return .opened(frame.stream)
    }

    private mutating func receiveBody(_ frame: Frame) throws(FrameFault) -> Event {
        let isExpress = frame.flags.contains(.express)
        let count = frame.payload.count
        guard frame.stream <= highest else { throw .wrongStream }
        if !isExpress { try connectionWindow.receive(count) }
        guard var state = streams[frame.stream], !state.isOver else {
            try drop(counted: isExpress ? 0 : count)
            return .none
        }
        guard state.remote == .open else { throw .outOfOrder }
        try state.receive(count, isExpress: isExpress)
        if state.isAbandoned {
            try drop(counted: isExpress ? 0 : count)
        } else if count > 0 {
            deliver(.init(part: .body(frame.payload), count: count, isExpress: isExpress), &state)
        }
        return settle(frame, state)
    }

    /// Stores the state after a head or body, with END if the frame says so.
    private mutating func settle(_ frame: Frame, _ state: StreamState) -> Event {
        var state = state
        if frame.flags.contains(.end) {
            state.remote = .ended
            deliver(.init(part: .end), &state)
            if state.isOver { live -= 1 }
        }
        streams[frame.stream] = state.isAbandoned && state.isOver ? nil : state
        return state.isAbandoned ? .none : .readable(frame.stream)
    }

    private func deliver(_ received: StreamState.Received, _ state: inout StreamState) {
        if !state.isAbandoned { state.inbox.append(received) }
    }

    private mutating func receiveAbort(_ frame: Frame) throws(FrameFault) -> Event {
        guard let abort = Abort(frame.payload) else { throw .malformedAbort }
        guard frame.stream <= highest else { throw .wrongStream }
        guard let state = streams[frame.stream], !state.isOver else { return .none }
        try fail(frame.stream, abort, keepsInbox: state.remote == .ended)
        return .aborted(frame.stream)
    }

    /// Ends both directions. What was received whole stays readable.
    mutating func fail(_ stream: UInt32, _ abort: Abort, keepsInbox: Bool) throws(FrameFault) {
        guard var state = streams[stream], !state.isOver else { return }
        let counted = keepsInbox ? 0 : state.discardInbox()
        state.local = .ended
        state.remote = .ended
        state.failure = abort
        state.outgoing = []
        state.endsAfterOutgoing = false
        live -= 1
        streams[stream] = state.isAbandoned ? nil : state
        try drop(counted: counted)
    }

    /// Returns the connection's credit of octets that nobody will read.
    mutating func drop(counted: Int) throws(FrameFault) {
        connectionWindow.consume(counted)
        if let grant = connectionWindow.grant() { try enqueue(.credit(grant, stream: 0)) }
    }
}

extension StreamState {
    /// Forgets what was not read; answers how much of it counts for the connection.
    mutating func discardInbox() -> Int {
        let counted = inbox.elements.reduce(taken?.counted ?? 0) { $0 + $1.counted }
        inbox.removeAll()
        taken = nil
        return counted
    }
}

extension StreamState.Received {
    /// Octets that count for the connection.
    var counted: Int { isExpress ? 0 : count }
}

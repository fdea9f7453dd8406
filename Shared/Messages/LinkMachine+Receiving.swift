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

    /// Where the stream of a frame is. Nil when it has ended: then the frame is dropped.
    private func place(of frame: Frame) throws(FrameFault) -> Dictionary<UInt32, StreamState>.Index? {
        guard frame.stream <= highest else { throw .wrongStream }
        guard let place = streams.index(forKey: frame.stream), !streams.values[place].isOver else { return nil }
        return place
    }

    private mutating func receiveCredit(_ frame: Frame) throws(FrameFault) {
        guard let place = try place(of: frame) else { return }
        try streams.values[place].credit.grant(frame.amount)
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
        streams[frame.stream] = StreamState(local: .idle, remote: .idle, window: Window.small, credit: credit)
        if let place = streams.index(forKey: frame.stream) { _ = deliver(.head(frame.payload), of: frame, at: place) }
        return .opened(frame.stream)
    }

    private mutating func receiveHead(_ frame: Frame) throws(FrameFault) -> Event {
        guard !frame.flags.contains(.wide) else { throw .unknownFlag }
        guard let place = try place(of: frame) else { return .none }
        guard streams.values[place].remote == .idle else { throw .outOfOrder }
        return deliver(.head(frame.payload), of: frame, at: place)
    }

    private mutating func receiveBody(_ frame: Frame) throws(FrameFault) -> Event {
        guard let place = try place(of: frame) else { return .none }
        guard streams.values[place].remote == .open else { throw .outOfOrder }
        try streams.values[place].window.receive(frame.payload.count)
        return deliver(frame.payload.isEmpty ? nil : .body(frame.payload), of: frame, at: place)
    }

    /// Puts what a frame carries, and its END, where the reader finds it.
    private mutating func deliver(
        _ part: StreamPart?, of frame: Frame, at place: Dictionary<UInt32, StreamState>.Index
    ) -> Event {
        streams.values[place].receive(part, end: frame.flags.contains(.end))
        let isOver = streams.values[place].isOver
        let isAbandoned = streams.values[place].isAbandoned
        if isOver { live -= 1 }
        if isOver, isAbandoned { forget(frame.stream) }
        return isAbandoned ? .none : .readable(frame.stream)
    }

    private mutating func receiveAbort(_ frame: Frame) throws(FrameFault) -> Event {
        guard let abort = Abort(frame.payload) else { throw .malformedAbort }
        guard let place = try place(of: frame) else { return .none }
        fail(frame.stream, abort, keepsInbox: streams.values[place].remote == .ended)
        return .aborted(frame.stream)
    }

    /// Ends both directions. What was received whole stays readable.
    mutating func fail(_ stream: UInt32, _ abort: Abort, keepsInbox: Bool) {
        guard let place = streams.index(forKey: stream), !streams.values[place].isOver else { return }
        streams.values[place].fail(abort, keepsInbox: keepsInbox)
        live -= 1
        if streams.values[place].isAbandoned { forget(stream) }
    }

    /// The stream is over and nobody holds it.
    mutating func forget(_ stream: UInt32) {
        guard let state = streams.removeValue(forKey: stream) else { return }
        pool.release(state.window.reserved)
    }
}

extension StreamState {
    mutating func receive(_ part: StreamPart?, end: Bool) {
        remote = end ? .ended : .open
        guard !isAbandoned else { return }
        if let part { inbox.append(part) }
        if end { inbox.append(.end) }
    }

    mutating func fail(_ abort: Abort, keepsInbox: Bool) {
        local = .ended
        remote = .ended
        failure = abort
        outgoing = []
        endsAfterOutgoing = false
        if !keepsInbox { inbox.removeAll() }
    }
}

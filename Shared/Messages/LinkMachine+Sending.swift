extension LinkMachine {
    /// Appends frames until about `room` octets have been added: everything urgent whatever the room, then one body
    /// frame of each stream in turn. Names each stream that can take more to send.
    public mutating func fill(_ out: inout [UInt8], room: Int, written: (UInt32) -> Void) throws(FrameFault) {
        let goal = out.count + room
        flushUrgent(&out)
        while out.count < goal, let stream = turn.popFirst() {
            guard let state = streams[stream], state.hasFrame else {
                streams[stream]?.isQueued = false
                continue
            }
            guard let next = state.nextFrame(connection: connectionCredit.available) else {
                parked.append(stream)
                continue
            }
            if try sendFrame(of: stream, next, &out) { written(stream) }
        }
        // Ending a stream that nobody holds may have had more to say.
        flushUrgent(&out)
    }

    private mutating func flushUrgent(_ out: inout [UInt8]) {
        out.append(contentsOf: urgent)
        urgent.removeAll(keepingCapacity: urgent.capacity <= 64 << 10)
    }

    /// Sends one frame and queues the stream again if it has another; answers whether its piece is through.
    private mutating func sendFrame(
        of stream: UInt32, _ next: (count: Int, isExpress: Bool), _ out: inout [UInt8]
    ) throws(FrameFault) -> Bool {
        guard var state = streams[stream] else { return false }
        streams[stream] = nil
        let ends = state.endsAfterOutgoing && next.count == state.outgoing.count
        var flags: FrameFlags = ends ? .end : []
        if next.isExpress { flags.insert(.express) }
        FrameHeader(.body, stream: stream, length: next.count, flags: flags).append(to: &out)
        out.append(contentsOf: state.outgoing.prefix(next.count))
        state.spend(next)
        if !next.isExpress { connectionCredit.spend(next.count) }
        if ends { state.local = .ended }
        state.isQueued = state.hasFrame
        if state.isQueued { turn.append(stream) }
        let isThrough = state.outgoing.isEmpty
        streams[stream] = state
        if ends { try endLocal(stream) }
        return isThrough
    }

    private mutating func endLocal(_ stream: UInt32) throws(FrameFault) {
        guard let state = streams[stream] else { return }
        if state.isOver {
            live -= 1
            if state.isAbandoned { streams[stream] = nil }
        } else if state.isAbandoned {
            // The answer is complete, and nobody wants the rest of the question.
            try abort(stream, Abort(.cancelled))
        }
    }
}

extension StreamState {
    mutating func spend(_ next: (count: Int, isExpress: Bool)) {
        outgoing = next.count == outgoing.count ? [] : outgoing.dropFirst(next.count)
        credit.spend(next.count)
        if next.isExpress { expressLeft -= next.count }
    }
}

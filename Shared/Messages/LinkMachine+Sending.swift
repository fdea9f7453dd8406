extension LinkMachine {
    /// Appends frames until about `room` octets have been added: everything urgent whatever the room, then one body
    /// frame of each stream in turn. Names each stream that can take more to send.
    public mutating func fill(_ out: inout [UInt8], room: Int, written: (UInt32) -> Void) throws(FrameFault) {
        let goal = out.count + room
        flushUrgent(&out)
        while out.count < goal, let stream = turn.popFirst() {
            guard let place = streams.index(forKey: stream) else { continue }
            streams.values[place].isQueued = false
            guard streams.values[place].hasFrame else { continue }
            let ends = streams.values[place].sendFrame(of: stream, &out)
            if streams.values[place].outgoing.isEmpty { written(stream) }
            queue(stream)
            if ends { try endLocal(stream) }
        }
        // Ending a stream that nobody holds may have had more to say.
        flushUrgent(&out)
    }

    private mutating func flushUrgent(_ out: inout [UInt8]) {
        out.append(contentsOf: urgent)
        urgent.removeAll(keepingCapacity: urgent.capacity <= 64 << 10)
    }

    private mutating func endLocal(_ stream: UInt32) throws(FrameFault) {
        guard let state = streams[stream] else { return }
        if state.isOver {
            live -= 1
            if state.isAbandoned { forget(stream) }
        } else if state.isAbandoned {
            // The answer is complete, and nobody wants the rest of the question.
            try abort(stream, Abort(.cancelled))
        }
    }
}

extension StreamState {
    /// Appends one body frame; answers whether it says END.
    mutating func sendFrame(of stream: UInt32, _ out: inout [UInt8]) -> Bool {
        let count = nextFrame
        let ends = endsAfterOutgoing && count == outgoing.count
        FrameHeader(.body, stream: stream, length: count, flags: ends ? .end : []).append(to: &out)
        out.append(contentsOf: outgoing.prefix(count))
        spend(count)
        if ends { local = .ended }
        return ends
    }
}

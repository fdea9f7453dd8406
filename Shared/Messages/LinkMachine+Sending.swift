import Bytes

extension LinkMachine {
    /// Appends frames until about `room` octets have been added: everything urgent whatever the room, then one body
    /// frame of each stream in turn. Names each stream that can take more to send.
    public mutating func fill(_ out: inout [UInt8], room: Int, written: (UInt32) -> Void) throws(FrameFault) {
        let goal = out.count + room
        flushUrgent(&out)
        while out.count < goal, let stream = turn.popFirst() {
            guard let sent = streams.change(stream, { $0.sendFrame(of: stream, &out) }), let sent else { continue }
            if sent.isAll { written(stream) }
            if sent.hasMore { turn.append(stream) }
            if sent.ends { try endLocal(stream, isOver: sent.isOver, isAbandoned: sent.isAbandoned) }
        }
        // Ending a stream that nobody holds may have had more to say.
        flushUrgent(&out)
    }

    /// A queue that is sent whole changes places with what it is sent into.
    private mutating func flushUrgent(_ out: inout [UInt8]) {
        guard !urgent.isEmpty else { return }
        if out.isEmpty { swap(&out, &urgent) } else { out.append(contentsOf: urgent) }
        urgent.removeAll(keepingCapacity: urgent.capacity <= 256 << 10)
    }

    private mutating func endLocal(_ stream: UInt32, isOver: Bool, isAbandoned: Bool) throws(FrameFault) {
        if isOver {
            live -= 1
            if isAbandoned { forget(stream) }
        } else if isAbandoned {
            // The answer is complete, and nobody wants the rest of the question.
            try abort(stream, Abort(.cancelled))
        }
    }
}

/// What a body frame that was sent means for its stream.
private struct SentFrame {
    /// It holds the last of what was to be sent.
    let isAll: Bool
    /// It says END.
    let ends: Bool
    /// The stream has another turn.
    let hasMore: Bool
    let isOver: Bool
    let isAbandoned: Bool
}

extension StreamState {
    /// Appends one body frame, if there is something to frame.
    fileprivate mutating func sendFrame(of stream: UInt32, _ out: inout [UInt8]) -> SentFrame? {
        isQueued = false
        guard hasFrame else { return nil }
        let count = nextFrame
        let ends = endsAfterOutgoing && count == outgoing.count
        out.append(atMost: FrameHeader.size + count) { writer in
            FrameHeader(.body, stream: stream, length: count, flags: ends ? .end : []).write(&writer)
            writer.append(outgoing.span.extracting(first: count))
        }
        spend(count)
        if ends { local = .ended }
        return SentFrame(
            isAll: outgoing.isEmpty, ends: ends, hasMore: takeTurn(), isOver: isOver, isAbandoned: isAbandoned)
    }
}

public import Bytes

/// Cuts the octets of a connection into frames. After a fault the connection is over.
public struct FrameDecoder: Sendable {
    private var header: FrameHeader?

    public init() {}

    /// The next whole frame, or nil when the buffer does not hold one yet.
    public mutating func next(from buffer: inout ByteBuffer) throws(FrameFault) -> Frame? {
        if header == nil {
            guard buffer.count >= FrameHeader.size else { return nil }
            header = try FrameHeader(buffer.readable)
            buffer.consume(FrameHeader.size)
        }
        guard let header, buffer.count >= header.length else { return nil }
        self.header = nil
        return Frame(
            header.kind, stream: header.stream, payload: buffer.take(header.length), flags: header.flags)
    }

    /// Whether a frame has begun and not ended.
    public func isInsideFrame(_ buffer: ByteBuffer) -> Bool { header != nil || !buffer.isEmpty }
}

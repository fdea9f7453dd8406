public import Bytes

/// What a `Database` listens to.
public struct Listening: Sendable {
    public enum Event: Sendable, Hashable {
        /// Listening to all channels. What was notified before has not been heard: look once now.
        case started
        case notified(channel: ByteString, payload: ByteString)
        /// Notifications are lost until the next `.started`.
        case stopped
    }

    let channels: [ByteString]
    let handler: @Sendable (Event) -> Void

    /// `channels`: letters, digits and `_` only. `handler` is called on the database's loop.
    public init(_ channels: [ByteString], _ handler: @escaping @Sendable (Event) -> Void) {
        let isPlain = { (byte: UInt8) in ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
        precondition(channels.allSatisfy { $0.bytes.allSatisfy(isPlain) }, "not the name of a channel")
        self.channels = channels
        self.handler = handler
    }
}

/// What a `Database` tells the log.
public enum DatabaseEvent: Sendable, Hashable {
    case connected
    /// The reason, one line, without secrets.
    case disconnected(reason: ByteString)
}

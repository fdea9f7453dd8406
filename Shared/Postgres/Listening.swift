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
        precondition(channels.allSatisfy { $0.bytes.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") } })
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

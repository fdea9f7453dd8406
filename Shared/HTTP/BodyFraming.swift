/// How the end of a message's content is found (RFC 9112 §6.3).
public enum BodyFraming: Hashable, Sendable {
    /// There is no content.
    case none
    /// Exactly this many octets.
    case length(UInt64)
    /// The chunked transfer coding.
    case chunked
    /// Responses only: all until the connection closes.
    case untilClose
}

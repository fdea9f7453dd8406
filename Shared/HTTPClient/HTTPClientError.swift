/// Why an exchange failed, how far it had come, and whether its request may have been seen.
public struct HTTPClientError: Error, Equatable, Sendable {
    /// How far the exchange had come.
    public enum Phase: Sendable {
        case connect, send, response, body
    }

    public enum Kind: Equatable, Sendable {
        /// The deadline of the phase, or the total one, passed.
        case timedOut
        /// No address for the name.
        case unresolved
        /// Every address was refused by the origin's policy.
        case addressRefused
        /// No connection came about.
        case unreachable
        /// The peer's certificate is not trusted, not for this name, or not valid now.
        case untrusted
        /// TLS failed otherwise.
        case tls
        /// Too many requests wait for a connection.
        case overloaded
        /// The peer closed or reset the connection before the response was complete.
        case connectionClosed
        /// The response breaks RFC 9112, or answers what was not asked.
        case invalidResponse
        /// A limit on the response was passed.
        case tooLarge
        /// The request's body does not have the announced length.
        case bodyMismatch
        /// The response was complete before the request's body was; the rest is not wanted.
        case notWanted
        /// This side gave up.
        case cancelled
    }

    public let phase: Phase
    public let kind: Kind
    /// Whether octets of the request had left. If not, nothing has happened at the peer and it may be tried elsewhere.
    public let sent: Bool
    /// For logs.
    public let detail: String

    public init(_ phase: Phase, _ kind: Kind, sent: Bool, _ detail: String = "") {
        self.phase = phase
        self.kind = kind
        self.sent = sent
        self.detail = detail
    }
}

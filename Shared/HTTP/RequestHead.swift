/// The head of a request, checked in every respect that does not depend on configuration.
public struct RequestHead: Sendable, Equatable {
    public var method: HTTPMethod
    public var target: RequestTarget
    public var version: HTTPVersion
    public var fields: HTTPFields
    public var framing: BodyFraming
    /// Whether the connection may carry another request: HTTP/1.1 without `Connection: close`.
    public var keepAlive: Bool
    /// Whether the peer waits for `100 Continue` before it sends its content.
    public var expectsContinue: Bool

    public init(
        method: HTTPMethod, target: RequestTarget, version: HTTPVersion = .http11, fields: HTTPFields = [:],
        framing: BodyFraming = .none, keepAlive: Bool = true, expectsContinue: Bool = false
    ) {
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self.framing = framing
        self.keepAlive = keepAlive
        self.expectsContinue = expectsContinue
    }
}

/// The head of a response.
public struct ResponseHead: Sendable, Equatable {
    /// 100 to 599.
    public var status: UInt16
    public var version: HTTPVersion
    public var fields: HTTPFields
    public var framing: BodyFraming
    /// Whether the connection may be used again after this message.
    public var keepAlive: Bool

    public init(
        status: UInt16, version: HTTPVersion = .http11, fields: HTTPFields = [:], framing: BodyFraming = .length(0),
        keepAlive: Bool = true
    ) {
        self.status = status
        self.version = version
        self.fields = fields
        self.framing = framing
        self.keepAlive = keepAlive
    }
}

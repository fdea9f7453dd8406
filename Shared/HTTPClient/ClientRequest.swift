public import HTTP

/// What is asked of an origin. Host and the fields that concern the connection are the client's to write: others of
/// these names do not go out.
public struct ClientRequest: Sendable {
    public let origin: Origin
    var head: RequestHead

    /// A request for a target of an origin. The target is sent octet by octet as it is; `framing` is what is announced
    /// of the body, which follows through the exchange.
    public init(
        _ method: HTTPMethod, _ origin: Origin, _ target: RequestTarget, fields: HTTPFields = [:],
        framing: BodyFraming = .none
    ) {
        self.origin = origin
        head = RequestHead(method: method, target: target, fields: fields, framing: framing)
        head.fields.set(.host, origin.authorityField)
    }

    /// A request for the resource of a configured or discovered URL.
    public init(_ method: HTTPMethod, _ url: HTTPURL, fields: HTTPFields = [:], framing: BodyFraming = .none) {
        self.init(method, url.origin, url.target, fields: fields, framing: framing)
    }

    func with(_ framing: BodyFraming) -> ClientRequest {
        var copy = self
        copy.head.framing = framing
        return copy
    }

    /// Whether it may be sent a second time when a kept connection turns out to be dead (RFC 9112 section 9.3.1).
    var isRepeatable: Bool { head.method.isSafe && head.framing == .none }
}

/// How long the parts of an exchange may take.
public struct ExchangeDeadlines: Sendable, Hashable {
    /// Name, TCP and TLS, or waiting for a connection.
    public var connect: Duration
    /// From the end of the request to the head of the response.
    public var firstByte: Duration
    /// Between two pieces of a body, in either direction.
    public var idle: Duration
    /// All of it after the connection, nil for no bound.
    public var total: Duration?

    public init(
        connect: Duration = .seconds(5), firstByte: Duration = .seconds(30), idle: Duration = .seconds(60),
        total: Duration? = nil
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}

/// A whole response, for small ones.
public struct FetchedResponse: Sendable, Equatable {
    public let status: UInt16
    public let fields: HTTPFields
    public let body: [UInt8]

    public init(status: UInt16, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

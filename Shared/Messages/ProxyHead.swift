public import Bytes
public import HTTP

/// The head of an exchange from edge to worker: everything the worker needs, and nothing that the browser chose
/// except method, target and the fields that the edge let through.
public struct ProxyHead: Sendable, Equatable {
    /// The id of the route that the edge matched. The worker matches again and must come to the same.
    public var route: ByteString
    /// Names the set of routes that the edge used (at most 64 visible ASCII characters).
    public var routes: ByteString
    /// Absent on routes without a session.
    public var pass: Pass?
    public var method: HTTPMethod
    /// Path and query as the browser sent them.
    public var target: ByteString
    public var fields: HTTPFields
    /// Goes into both log lines and to the upstream.
    public var requestID: ByteString
    /// The browser's address.
    public var client: ByteString
    public var proto: Scheme
    /// The authority that the browser used.
    public var host: ByteString
    public var deadline: ExchangeDeadline

    public enum Scheme: ByteString, Sendable {
        case http, https
    }

    public init(
        route: ByteString, routes: ByteString, pass: Pass?, method: HTTPMethod, target: ByteString, fields: HTTPFields,
        requestID: ByteString, client: ByteString, proto: Scheme, host: ByteString, deadline: ExchangeDeadline
    ) {
        self.route = route
        self.routes = routes
        self.pass = pass
        self.method = method
        self.target = target
        self.fields = fields
        self.requestID = requestID
        self.client = client
        self.proto = proto
        self.host = host
        self.deadline = deadline
    }
}

/// How long an exchange may take, in milliseconds from when the worker reads its head.
public struct ExchangeDeadline: Sendable, Hashable {
    /// Until the upstream's response head.
    public var firstByte: UInt32
    /// Between two pieces of body in either direction.
    public var idle: UInt32
    /// Altogether; absent for streams without end.
    public var total: UInt32?

    public init(firstByte: UInt32, idle: UInt32, total: UInt32? = nil) {
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}

/// The head of the worker's answer: what the upstream said, cleaned.
public struct ProxyResponseHead: Sendable, Equatable {
    /// 100 to 599.
    public var status: UInt16
    public var fields: HTTPFields

    public init(status: UInt16, fields: HTTPFields) {
        self.status = status
        self.fields = fields
    }
}

public import Bytes
public import JSON

/// One privilege boundary: which calls a client may spell there, and which events its server sends.
public protocol MessageSocket: Sendable {
    associatedtype Request: RequestMessage
    associatedtype Reply: ReplyMessage
    associatedtype Event: EventMessage
    /// The services at the two ends, as they name themselves in `hello`.
    static var client: ServiceName { get }
    static var server: ServiceName { get }
}

/// The services, as they name themselves.
public enum ServiceName: ByteString, Sendable {
    case edge, broker, worker
}

/// Everything a client may ask on one socket.
public protocol RequestMessage: Sendable, Equatable {
    var method: ByteString { get }
    func parameters() throws(MessageError) -> JSONValue
    init(method: ByteString, parameters: JSONValue) throws(MessageError)
}

/// Everything a server may answer on one socket.
public protocol ReplyMessage: Sendable {
    func result() throws(MessageError) -> JSONValue
}

/// Everything a server may say unasked on one socket.
public protocol EventMessage: Sendable, Equatable {
    var method: ByteString { get }
    func parameters() throws(MessageError) -> JSONValue
    init(method: ByteString, parameters: JSONValue) throws(MessageError)
}

/// One call of one socket, with the type of its answer.
public protocol MethodCall: Sendable, Equatable {
    associatedtype Socket: MessageSocket
    associatedtype Result: MessageValue
    static var method: ByteString { get }
    /// The call as one of all the calls of its socket.
    var request: Socket.Request { get }
}

/// A value with a strict JSON form: an unknown, missing or mistyped member is an error.
public protocol MessageValue: Sendable {
    init(json: JSONValue) throws(MessageError)
    func json() throws(MessageError) -> JSONValue
}

/// The type of a direction in which nothing can be said.
public enum Nothing: RequestMessage, ReplyMessage, EventMessage {
    public var method: ByteString { switch self {} }
    public func parameters() throws(MessageError) -> JSONValue { switch self {} }
    public func result() throws(MessageError) -> JSONValue { switch self {} }
    public init(method: ByteString, parameters: JSONValue) throws(MessageError) {
        throw MessageError(.unknownMethod, method)
    }
}

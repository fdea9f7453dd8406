public import Bytes
public import JSON

/// The socket on which the edge is the client of the broker.
public enum EdgeBroker: MessageSocket {
    public typealias Request = EdgeRequest
    public typealias Reply = EdgeReply
    public typealias Event = BrokerEvent
    public static let client = ServiceName.edge
    public static let server = ServiceName.broker
}

/// What an edge may ask the broker.
public enum EdgeRequest: RequestMessage {
    case loginBegin(LoginBegin)
    case loginComplete(LoginComplete)
    case sessionOpen(SessionOpen)
    case sessionUser(SessionUser)
    case sessionEnd(SessionEnd)

    public var method: ByteString {
        switch self {
        case .loginBegin: LoginBegin.method
        case .loginComplete: LoginComplete.method
        case .sessionOpen: SessionOpen.method
        case .sessionUser: SessionUser.method
        case .sessionEnd: SessionEnd.method
        }
    }

    public func parameters() throws(MessageError) -> JSONValue {
        switch self {
        case .loginBegin(let call): try call.json()
        case .loginComplete(let call): try call.json()
        case .sessionOpen(let call): try call.json()
        case .sessionUser(let call): try call.json()
        case .sessionEnd(let call): try call.json()
        }
    }

    public init(method: ByteString, parameters: JSONValue) throws(MessageError) {
        switch method {
        case SessionOpen.method: self = .sessionOpen(try SessionOpen(json: parameters))
        case SessionUser.method: self = .sessionUser(try SessionUser(json: parameters))
        case SessionEnd.method: self = .sessionEnd(try SessionEnd(json: parameters))
        case LoginBegin.method: self = .loginBegin(try LoginBegin(json: parameters))
        case LoginComplete.method: self = .loginComplete(try LoginComplete(json: parameters))
        default: throw MessageError(.unknownMethod, method)
        }
    }
}

/// What the broker answers an edge.
public enum EdgeReply: ReplyMessage {
    case loginBegin(LoginBegun)
    case loginComplete(LoginCompleted)
    case sessionOpen(SessionOpened)
    case sessionUser(UserView)
    case sessionEnd(SessionEndedReply)

    public func result() throws(MessageError) -> JSONValue {
        switch self {
        case .loginBegin(let reply): try reply.json()
        case .loginComplete(let reply): try reply.json()
        case .sessionOpen(let reply): try reply.json()
        case .sessionUser(let reply): try reply.json()
        case .sessionEnd(let reply): try reply.json()
        }
    }
}

public import Bytes
public import JSON

/// The socket on which the worker is the client of the broker.
public enum WorkerBroker: MessageSocket {
    public typealias Request = WorkerRequest
    public typealias Reply = WorkerReply
    public typealias Event = BrokerEvent
    public static let client = ServiceName.worker
    public static let server = ServiceName.broker
}

/// What a worker may ask the broker.
public enum WorkerRequest: RequestMessage {
    case tokenRedeem(TokenRedeem)
    case tokenRenew(TokenRenew)

    public var method: ByteString {
        switch self {
        case .tokenRedeem: TokenRedeem.method
        case .tokenRenew: TokenRenew.method
        }
    }

    public func parameters() throws(MessageError) -> JSONValue {
        switch self {
        case .tokenRedeem(let call): try call.json()
        case .tokenRenew(let call): try call.json()
        }
    }

    public init(method: ByteString, parameters: JSONValue) throws(MessageError) {
        switch method {
        case TokenRedeem.method: self = .tokenRedeem(try TokenRedeem(json: parameters))
        case TokenRenew.method: self = .tokenRenew(try TokenRenew(json: parameters))
        default: throw MessageError(.unknownMethod, method)
        }
    }
}

/// What the broker answers a worker.
public enum WorkerReply: ReplyMessage {
    case token(RedeemedToken)

    public func result() throws(MessageError) -> JSONValue {
        switch self {
        case .token(let reply): try reply.json()
        }
    }
}

/// `token.redeem`: the access token that a pass stands for.
public struct TokenRedeem: MethodCall, MessageValue {
    public typealias Socket = WorkerBroker
    public typealias Result = RedeemedToken
    public static let method: ByteString = "token.redeem"

    public var pass: Pass

    public init(pass: Pass) { self.pass = pass }

    public var request: WorkerRequest { .tokenRedeem(self) }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        pass = try reader.pass("pass")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("pass", .string(pass.text))
        return writer.value
    }
}

/// `token.renew`: the upstream refused this token before its time; ask for the next one.
public struct TokenRenew: MethodCall, MessageValue {
    public typealias Socket = WorkerBroker
    public typealias Result = RedeemedToken
    public static let method: ByteString = "token.renew"

    public var pass: Pass
    /// SHA-256 of the refused token: only if it is still the current one is it replaced.
    public var fingerprint: Digest

    public init(pass: Pass, fingerprint: Digest) {
        self.pass = pass
        self.fingerprint = fingerprint
    }

    public var request: WorkerRequest { .tokenRenew(self) }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        pass = try reader.pass("pass")
        fingerprint = try reader.digest("fingerprint")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("pass", .string(pass.text))
        writer.set("fingerprint", fingerprint.json)
        return writer.value
    }
}

/// An access token and what the worker authorizes by.
public struct RedeemedToken: MessageValue, Equatable {
    public var accessToken: Secret
    public var tokenValidMilliseconds: Int64
    public var passValidMilliseconds: Int64
    public var session: SessionTag
    public var target: ByteString
    /// The granted scope.
    public var scope: [ByteString]
    /// The claims that the target lists.
    public var claims: JSONObject
    /// Counts the refreshes of the grant.
    public var generation: Int64

    public init(
        accessToken: Secret, tokenValidMilliseconds: Int64, passValidMilliseconds: Int64, session: SessionTag,
        target: ByteString, scope: [ByteString], claims: JSONObject, generation: Int64
    ) {
        self.accessToken = accessToken
        self.tokenValidMilliseconds = tokenValidMilliseconds
        self.passValidMilliseconds = passValidMilliseconds
        self.session = session
        self.target = target
        self.scope = scope
        self.claims = claims
        self.generation = generation
    }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        accessToken = Secret(try reader.text("access_token"))
        tokenValidMilliseconds = try reader.count("token_valid_ms")
        passValidMilliseconds = try reader.count("pass_valid_ms")
        session = try reader.session("session")
        target = try reader.text("target")
        scope = try reader.list("scope", \.string)
        claims = try reader.object("claims")
        generation = try reader.count("generation")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        try writer.text("access_token", ByteString(accessToken.reveal()))
        writer.count("token_valid_ms", tokenValidMilliseconds)
        writer.count("pass_valid_ms", passValidMilliseconds)
        writer.set("session", session.json)
        try writer.text("target", target)
        try writer.texts("scope", scope)
        writer.set("claims", .object(claims))
        writer.count("generation", generation)
        return writer.value
    }
}

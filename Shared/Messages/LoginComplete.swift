public import Bytes
public import JSON

/// `login.complete`: what the provider sent back through the browser; mints the session.
public struct LoginComplete: MethodCall, MessageValue {
    public typealias Socket = EdgeBroker
    public typealias Result = LoginCompleted
    public static let method: ByteString = "login.complete"

    public var frontend: ByteString
    /// The provider named in the callback's path, if it names one.
    public var provider: ByteString?
    /// SHA-256 of the transaction cookie that belongs to this state; empty when the browser has none.
    public var browser: [Digest]
    /// The handle of the cookie that the edge has drawn for the new session.
    public var handle: Handle
    public var state: ByteString
    public var code: ByteString?
    public var iss: ByteString?
    /// The `error` of the authorization response (RFC 6749 §4.1.2.1).
    public var error: ByteString?

    public init(frontend: ByteString, browser: [Digest], handle: Handle, state: ByteString) {
        self.frontend = frontend
        self.browser = browser
        self.handle = handle
        self.state = state
    }

    public var request: EdgeRequest { .loginComplete(self) }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        frontend = try reader.text("frontend")
        provider = try reader.optionalText("provider")
        browser = try reader.list("browser", Digest.init(json:))
        handle = try reader.handle("handle")
        state = try reader.text("state")
        code = try reader.optionalText("code")
        iss = try reader.optionalText("iss")
        error = try reader.optionalText("error")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        try writer.text("frontend", frontend)
        try writer.text("provider", provider)
        writer.set("browser", .array(browser.map(\.json)))
        writer.set("handle", handle.json)
        try writer.text("state", state)
        try writer.text("code", code)
        try writer.text("iss", iss)
        try writer.text("error", error)
        return writer.value
    }
}

/// The login is done: the session exists under the handle that was sent.
public struct LoginCompleted: MessageValue, Equatable {
    public var intent: LoginIntent
    public var returnTo: ByteString
    public var user: UserView

    public init(intent: LoginIntent, returnTo: ByteString, user: UserView) {
        self.intent = intent
        self.returnTo = returnTo
        self.user = user
    }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        intent = try reader.required("intent") { $0.string.flatMap(LoginIntent.init) }
        returnTo = try reader.text("return_to")
        user = try UserView(json: reader.value("user"))
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("intent", .string(intent.rawValue))
        try writer.text("return_to", returnTo)
        writer.set("user", try user.json())
        return writer.value
    }
}

/// What a frontend may know of its user.
public struct UserView: MessageValue, Equatable {
    /// `sub` and the claims that the configuration allows.
    public var claims: JSONObject
    public var provider: ByteString
    /// Seconds until the session ends if nothing happens.
    public var expiresIn: Int64
    /// Unguessable and the session's own: a logout by navigation names it.
    public var logoutID: ByteString

    public init(claims: JSONObject, provider: ByteString, expiresIn: Int64, logoutID: ByteString) {
        self.claims = claims
        self.provider = provider
        self.expiresIn = expiresIn
        self.logoutID = logoutID
    }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        claims = try reader.object("claims")
        provider = try reader.text("provider")
        expiresIn = try reader.count("expires_in")
        logoutID = try reader.text("logout_id")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("claims", .object(claims))
        try writer.text("provider", provider)
        writer.count("expires_in", expiresIn)
        try writer.text("logout_id", logoutID)
        return writer.value
    }
}

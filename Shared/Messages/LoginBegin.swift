public import Bytes
public import JSON

/// What a login is for.
public enum LoginIntent: ByteString, Sendable {
    /// A new session; one that the browser already has ends when this one is minted.
    case login
}

/// `login.begin`: start a login transaction and say where to send the browser.
public struct LoginBegin: MethodCall, MessageValue {
    public typealias Socket = EdgeBroker
    public typealias Result = LoginBegun
    public static let method: ByteString = "login.begin"

    public var frontend: ByteString
    /// Absent: the frontend's first provider.
    public var provider: ByteString?
    public var intent: LoginIntent
    /// A path of the frontend, checked by the edge.
    public var returnTo: ByteString
    /// The name of one of the provider's configured redirect URIs. Absent: the default one.
    public var redirect: ByteString?
    /// SHA-256 of the transaction cookie's value, which the edge has drawn.
    public var browser: Digest
    /// The session that the browser has at the time.
    public var session: Handle?
    public var prompt: ByteString?
    public var loginHint: ByteString?
    /// Seconds.
    public var maxAge: Int64?
    public var acrValues: ByteString?
    public var uiLocales: ByteString?

    public init(frontend: ByteString, returnTo: ByteString, browser: Digest, intent: LoginIntent = .login) {
        self.frontend = frontend
        self.returnTo = returnTo
        self.browser = browser
        self.intent = intent
    }

    public var request: EdgeRequest { .loginBegin(self) }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        frontend = try reader.text("frontend")
        provider = try reader.optionalText("provider")
        intent = try reader.required("intent") { $0.string.flatMap(LoginIntent.init) }
        returnTo = try reader.text("return_to")
        redirect = try reader.optionalText("redirect")
        browser = try reader.digest("browser")
        session = try reader.optionalHandle("session")
        prompt = try reader.optionalText("prompt")
        loginHint = try reader.optionalText("login_hint")
        maxAge = try reader.optionalCount("max_age")
        acrValues = try reader.optionalText("acr_values")
        uiLocales = try reader.optionalText("ui_locales")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        try writer.text("frontend", frontend)
        try writer.text("provider", provider)
        writer.set("intent", .string(intent.rawValue))
        try writer.text("return_to", returnTo)
        try writer.text("redirect", redirect)
        writer.set("browser", browser.json)
        if let session { writer.set("session", session.json) }
        try writer.text("prompt", prompt)
        try writer.text("login_hint", loginHint)
        writer.count("max_age", maxAge)
        try writer.text("acr_values", acrValues)
        try writer.text("ui_locales", uiLocales)
        return writer.value
    }
}

/// The authorization request, whole and in parts (for a frontend that drives the login itself).
public struct LoginBegun: MessageValue, Equatable {
    public var authorizationURL: ByteString
    public var clientID: ByteString
    public var scope: ByteString
    public var state: ByteString
    public var nonce: ByteString
    public var codeChallenge: ByteString
    public var redirectURI: ByteString
    public var provider: ByteString

    public init(
        authorizationURL: ByteString, clientID: ByteString, scope: ByteString, state: ByteString, nonce: ByteString,
        codeChallenge: ByteString, redirectURI: ByteString, provider: ByteString
    ) {
        self.authorizationURL = authorizationURL
        self.clientID = clientID
        self.scope = scope
        self.state = state
        self.nonce = nonce
        self.codeChallenge = codeChallenge
        self.redirectURI = redirectURI
        self.provider = provider
    }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        authorizationURL = try reader.text("authorization_url")
        clientID = try reader.text("client_id")
        scope = try reader.text("scope")
        state = try reader.text("state")
        nonce = try reader.text("nonce")
        codeChallenge = try reader.text("code_challenge")
        redirectURI = try reader.text("redirect_uri")
        provider = try reader.text("provider")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        try writer.text("authorization_url", authorizationURL)
        try writer.text("client_id", clientID)
        try writer.text("scope", scope)
        try writer.text("state", state)
        try writer.text("nonce", nonce)
        try writer.text("code_challenge", codeChallenge)
        try writer.text("redirect_uri", redirectURI)
        try writer.text("provider", provider)
        return writer.value
    }
}

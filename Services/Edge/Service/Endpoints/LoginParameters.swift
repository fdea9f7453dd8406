internal import Bytes
internal import HTTP
internal import Messages

/// What a caller may say about a login. Every other parameter of the authorization request is ours.
struct LoginParameters: Equatable {
    var returnTo = LocalPath.root
    var provider: ByteString?
    /// The name of a configured redirect URI.
    var redirect: ByteString?
    var prompt: ByteString?
    var loginHint: ByteString?
    var maximumAge: Int64?
    var acrValues: ByteString?
    var uiLocales: ByteString?

    private static let longest = 512

    /// From the query of a link.
    init(query: ByteString?, _ frontend: Frontend) throws(Problem) {
        let form: Form
        do throws(Form.Fault) {
            form = try Form(parsing: query ?? .empty)
            for name in form.pairs.map(\.name) where !Self.names.contains(name) {
                throw .repeated(name)
            }
            try take(
                returnTo: form.only("return_to"), provider: form.only("provider"), redirect: nil,
                prompt: form.only("prompt"), loginHint: form.only("login_hint"), acrValues: form.only("acr_values"),
                uiLocales: form.only("ui_locales"))
            if let age = try form.only("max_age") {
                maximumAge = Decimal.parse(age.bytes).flatMap(Int64.init(exactly:)) ?? -1
            }
        } catch { throw Problem(.invalidRequest, "The link has parameters that are malformed, repeated or not known.") }
        try check(frontend)
    }

    /// From the object that a frontend posted.
    init(_ object: PostedObject, _ frontend: Frontend) throws(Problem) {
        var object = object
        take(
            returnTo: try object.text("return_to"), provider: try object.text("provider"),
            redirect: try object.text("redirect"), prompt: try object.text("prompt"),
            loginHint: try object.text("login_hint"), acrValues: try object.text("acr_values"),
            uiLocales: try object.text("ui_locales"))
        maximumAge = try object.number("max_age")
        try object.end()
        try check(frontend)
    }

    private static let names: [ByteString] = [
        "return_to", "provider", "prompt", "login_hint", "max_age", "acr_values", "ui_locales",
    ]

    /// Nil in place of an unusable return path until `check`.
    private var wantedReturn: ByteString?

    private mutating func take(
        returnTo: ByteString?, provider: ByteString?, redirect: ByteString?, prompt: ByteString?,
        loginHint: ByteString?,
        acrValues: ByteString?, uiLocales: ByteString?
    ) {
        wantedReturn = returnTo
        self.provider = provider
        self.redirect = redirect
        self.prompt = prompt
        self.loginHint = loginHint
        self.acrValues = acrValues
        self.uiLocales = uiLocales
    }

    private mutating func check(_ frontend: Frontend) throws(Problem) {
        if let wantedReturn {
            guard let place = frontend.returnPath(wantedReturn) else {
                throw Problem(.invalidRequest, "return_to must be a path of this application.")
            }
            returnTo = place
        }
        wantedReturn = nil
        if let provider, !frontend.providers.contains(provider) { throw Problem(.providerUnknown) }
        if let maximumAge, maximumAge < 0 || maximumAge > 1 << 32 {
            throw Problem(.invalidRequest, "max_age must be a number of seconds.")
        }
        if let prompt, !["none", "login", "consent", "select_account"].contains(prompt) {
            throw Problem(.invalidRequest, "prompt must be none, login, consent or select_account.")
        }
        for text in [redirect, loginHint, acrValues, uiLocales] {
            guard let text else { continue }
            guard text.count <= Self.longest, text.bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw Problem(.invalidRequest, "A parameter is too long or holds control characters.")
            }
        }
    }

    /// The call that begins the login.
    func call(_ frontend: Frontend, browser: Digest, session: Handle?) -> LoginBegin {
        var call = LoginBegin(frontend: frontend.id, returnTo: returnTo.bytes, browser: browser)
        call.provider = provider ?? frontend.providers.first
        call.redirect = redirect
        call.session = session
        call.prompt = prompt
        call.loginHint = loginHint
        call.maxAge = maximumAge
        call.acrValues = acrValues
        call.uiLocales = uiLocales
        return call
    }
}

import Bytes
import OAuth
import Testing

@Suite struct AuthorizationRequestTests {
    static func request(
        resources: [ByteString] = [], additional: [(name: ByteString, value: ByteString)] = [],
        caller: CallerParameters = CallerParameters()
    ) -> AuthorizationRequest {
        AuthorizationRequest(
            clientID: "the client", redirectURI: "https://app.example/bff/callback", scopes: ["openid", "read"],
            state: "s", nonce: "n", codeChallenge: "c", resources: resources, additional: additional, caller: caller)
    }

    static func url(_ request: AuthorizationRequest, at endpoint: ByteString = "https://id.example/auth") throws
        -> String?
    {
        try request.url(at: #require(Endpoint(endpoint)))?.text
    }

    static let fixed =
        "response_type=code&client_id=the+client&redirect_uri=https%3A%2F%2Fapp.example%2Fbff%2Fcallback"
        + "&scope=openid+read&state=s&nonce=n&code_challenge=c&code_challenge_method=S256"

    @Test func `asks for a code with PKCE, state and nonce`() throws {
        #expect(try Self.url(Self.request()) == "https://id.example/auth?" + Self.fixed)
    }

    @Test func `keeps the query that the endpoint has`() throws {
        let url = try Self.url(Self.request(), at: "https://id.example/auth?tenant=a%20b")
        #expect(url == "https://id.example/auth?tenant=a%20b&" + Self.fixed)
        #expect(try Self.url(Self.request(), at: "https://id.example/auth?") == "https://id.example/auth?" + Self.fixed)
    }

    @Test func `adds the caller's parameters, the APIs and the provider's own`() throws {
        let caller = try #require(
            CallerParameters(
                prompt: "login consent", loginHint: "a&b=c@example", maximumAge: 0, acrValues: "gold silver",
                uiLocales: "de en-GB"))
        let url = try Self.url(
            Self.request(
                resources: ["https://a.example", "https://b.example"], additional: [("access_type", "offline")],
                caller: caller))
        let expected =
            "https://id.example/auth?" + Self.fixed
            + "&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example&prompt=login+consent"
            + "&login_hint=a%26b%3Dc%40example&max_age=0&acr_values=gold+silver&ui_locales=de+en-GB&access_type=offline"
        #expect(url == expected)
    }

    @Test(arguments: [
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method",
    ])
    func `no parameter is ever sent twice`(name: String) throws {
        let name = ByteString(name)
        #expect(try Self.url(Self.request(additional: [(name, "x")])) == nil)
        #expect(try Self.url(Self.request(), at: "https://id.example/auth?" + name + "=x") == nil)
    }

    @Test func `a name that only decodes to one of ours is one of ours`() throws {
        #expect(try Self.url(Self.request(), at: "https://id.example/auth?%73cope=x") == nil)
        #expect(try Self.url(Self.request(), at: "https://id.example/auth?a=1&a=2") == nil)
        #expect(try Self.url(Self.request(), at: "https://id.example/auth?a=%zz") == nil)
    }

    @Test func `a caller's parameter does not appear beside the provider's own of that name`() throws {
        let caller = try #require(CallerParameters(prompt: "login"))
        #expect(try Self.url(Self.request(additional: [("prompt", "consent")], caller: caller)) == nil)
        #expect(try Self.url(Self.request(additional: [("prompt", "consent")])) != nil)
    }
}

@Suite struct CallerParametersTests {
    @Test(arguments: ["", "none login", "login;x", "login\n", " ", "l\u{F6}gin"])
    func `a prompt is words, and none stands alone`(prompt: String) {
        #expect(CallerParameters(prompt: ByteString(prompt)) == nil)
    }

    @Test(arguments: ["none", "login", "login consent select_account"])
    func `known prompts pass`(prompt: String) {
        #expect(CallerParameters(prompt: ByteString(prompt))?.prompt == ByteString(prompt))
    }

    @Test func `values are bounded and free of controls`() {
        let long = ByteString([UInt8](repeating: 0x61, count: 513))
        #expect(CallerParameters(loginHint: long) == nil)
        #expect(CallerParameters(loginHint: ByteString(long.bytes.dropLast())) != nil)
        #expect(CallerParameters(loginHint: "a\u{0}b") == nil)
        #expect(CallerParameters(acrValues: "a\r\nb") == nil)
        #expect(CallerParameters(uiLocales: "de&x=y") == nil)
        #expect(CallerParameters(maximumAge: -1) == nil)
        #expect(CallerParameters(maximumAge: .max) == nil)
        #expect(CallerParameters(maximumAge: 86_400)?.maximumAge == 86_400)
    }
}

@Suite struct PKCETests {
    /// RFC 7636 appendix B.
    @Test func `makes the verifier and challenge of the published example`() throws {
        let random: [UInt8] = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
            240, 91, 88, 5, 88, 83, 132, 141, 121,
        ]
        let pkce = PKCE(random: Secret(random), cryptography: LibraryCryptography())
        #expect(pkce.verifier.reveal() == Array("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".utf8))
        #expect(pkce.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }
}

import Bytes
import JSON
import OAuth
import Testing

@Suite struct TokenRequestTests {
    static let secret = Secret(ByteString("p:%+\u{FC} w"))

    static func body(_ request: FormRequest) -> String { ByteString(request.body.reveal()).text }

    static func exchange(_ authentication: ClientAuthentication) -> FormRequest {
        TokenRequest.authorizationCode(
            Secret(ByteString("a+b/c")), verifier: Secret(ByteString("ver")), redirectURI: "https://app.example/cb",
            client: Client(id: "c:l %", authentication: authentication))
    }

    static let common =
        "grant_type=authorization_code&code=a%2Bb%2Fc&redirect_uri=https%3A%2F%2Fapp.example%2Fcb"
        + "&code_verifier=ver"

    @Test func `Basic encodes name and secret before joining them, and leaves them out of the body`() throws {
        let request = Self.exchange(.basic(Self.secret))
        let pair = Base64.encodeStandard(Array("c%3Al+%25:p%3A%25%2B%C3%BC+w".utf8))
        #expect(try #require(request.authorization).reveal() == Array("Basic ".utf8) + pair.bytes)
        #expect(Self.body(request) == Self.common)
    }

    @Test func `Post puts name and secret in the body, and nothing in the head`() {
        let request = Self.exchange(.post(Self.secret))
        #expect(request.authorization == nil)
        #expect(Self.body(request) == Self.common + "&client_id=c%3Al+%25&client_secret=p%3A%25%2B%C3%BC+w")
    }

    @Test func `a public client gives its name`() {
        let request = Self.exchange(.none)
        #expect(request.authorization == nil)
        #expect(Self.body(request) == Self.common + "&client_id=c%3Al+%25")
    }

    @Test func `a refresh may narrow scope and resource`() {
        let client = Client(id: "c", authentication: .none)
        let token = Secret(ByteString("r&t"))
        #expect(
            Self.body(TokenRequest.refresh(token, client: client))
                == "grant_type=refresh_token&refresh_token=r%26t&client_id=c")
        #expect(
            Self.body(
                TokenRequest.refresh(token, scopes: ["a", "b"], resource: "https://api.example", client: client))
                == "grant_type=refresh_token&refresh_token=r%26t&scope=a+b&resource=https%3A%2F%2Fapi.example"
                + "&client_id=c")
    }

    @Test func `a revocation says what kind of token it is`() {
        let client = Client(id: "c", authentication: .none)
        let token = Secret(ByteString("t"))
        #expect(
            Self.body(RevocationRequest.revoke(token, .refreshToken, client: client))
                == "token=t&token_type_hint=refresh_token&client_id=c")
        #expect(
            Self.body(RevocationRequest.revoke(token, .accessToken, client: client))
                == "token=t&token_type_hint=access_token&client_id=c")
    }

    @Test func `no secret appears in a description`() {
        let text = String(reflecting: Self.exchange(.basic(Self.secret))) + "\(Self.exchange(.post(Self.secret)))"
        #expect(!text.contains("ver"))
        #expect(!text.contains("Basic"))
    }
}

@Suite struct RevocationAnswerTests {
    @Test(
        arguments: [
            (200, nil, RevocationAnswer.done), (204, nil, .done), (503, 5, .retry(after: .seconds(5))),
            (503, nil, .retry(after: nil)), (500, nil, .retry(after: nil)), (429, 9999, .retry(after: .seconds(3600))),
            (400, nil, .refused), (401, nil, .refused), (302, nil, .refused),
        ] as [(UInt16, UInt64?, RevocationAnswer)])
    func `an answer is final or asks for another attempt`(status: UInt16, wait: UInt64?, expected: RevocationAnswer) {
        #expect(RevocationAnswer(status: status, retryAfter: wait) == expected)
    }
}

@Suite struct EndSessionRequestTests {
    @Test func `names the client, the way back and the state`() throws {
        let endpoint = try #require(Endpoint("https://id.example/end?a=b"))
        var request = EndSessionRequest(clientID: "c", postLogoutRedirectURI: "https://app.example/out", state: "s")
        let expected: ByteString =
            "https://id.example/end?a=b&client_id=c&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fout&state=s"
        #expect(request.url(at: endpoint) == expected)
        request.idTokenHint = Secret(ByteString("a.b.c"))
        request.logoutHint = "me@x"
        request.postLogoutRedirectURI = nil
        #expect(
            request.url(at: endpoint)
                == "https://id.example/end?a=b&client_id=c&id_token_hint=a.b.c&logout_hint=me%40x")
    }
}

@Suite struct UserInfoTests {
    static func claims(
        _ body: String, status: UInt16 = 200, type: ByteString? = "application/json", subject: ByteString = "user"
    ) -> UserInfo? {
        UserInfo(status: status, contentType: type, body: Array(body.utf8), subject: subject)
    }

    @Test(arguments: ["application/json", "Application/JSON ; charset=utf-8", "application/json;charset=UTF-8"])
    func `an object about the same user is taken`(type: String) {
        let info = Self.claims(#"{"sub":"user","email":"a@b"}"#, type: ByteString(type))
        #expect(info?.claims["email"]?.string == "a@b")
    }

    @Test(arguments: [
        #"{"sub":"other"}"#, "{}", #"{"sub":1}"#, #"[{"sub":"user"}]"#, #"{"sub":"user","sub":"user"}"#, "",
        #"{"sub":"user "}"#, #"{"sub":"user"}x"#, "<html>",
    ])
    func `anything else is dropped whole`(body: String) {
        #expect(Self.claims(body) == nil)
    }

    @Test func `another status or type is dropped`() {
        let body = #"{"sub":"K"}"#
        #expect(Self.claims(body, subject: "K") != nil)
        #expect(Self.claims(body, subject: "\u{212A}") == nil)
        #expect(Self.claims(body, status: 201, subject: "K") == nil)
        for type: ByteString? in ["text/html", "application/jwt", "application/jsonx", "", nil] {
            #expect(Self.claims(body, type: type, subject: "K") == nil)
        }
    }
}

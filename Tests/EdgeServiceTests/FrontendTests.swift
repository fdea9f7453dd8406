import Bytes
import HTTP
import JSON
import Session
import Testing

@testable import EdgeService

/// A frontend as the configuration makes it.
func makeFrontend(
    origin: ByteString = "https://app.example", files: StaticFiles? = nil, trusted: [ByteString] = []
) throws -> Frontend {
    Frontend(
        id: "app", origin: try #require(HTTPOrigin(origin)), prefix: "/bff", files: files,
        fallback: LocalPath("/index.html"), providers: ["one", "two"], cookies: CookieNames("cloakroom"),
        trustedOrigins: trusted, csrfHeader: .xCSRF, csrfHeaderText: "X-CSRF")
}

@Suite struct Frontends {
    @Test(arguments: [
        ("/bff", true), ("/bff/", true), ("/bff/login", true), ("/bffx", false), ("/", false), ("/api/bff", false),
        ("/BFF/login", false),
    ]) func `a frontend owns what lies below its prefix`(path: String, isOwn: Bool) throws {
        #expect(try makeFrontend().owns(Array(path.utf8)[...]) == isOwn)
    }

    @Test(arguments: [
        ("/", true), ("/a?b=c#d", true), ("/bff/login", false), ("/bff", false), ("/bff/logout?sid=x", false),
        ("/bff#x", false), ("//evil.example", false), ("https://evil.example", false), ("/a?next=/bff/login", true),
    ]) func `a login leads back to places of the application only`(text: String, isAllowed: Bool) throws {
        #expect((try makeFrontend().returnPath(ByteString(text)) != nil) == isAllowed)
    }

    @Test func `the way to a login carries the place to come back to`() throws {
        let frontend = try makeFrontend()
        #expect(frontend.loginPath(returningTo: nil) == "/bff/login")
        #expect(frontend.loginPath(returningTo: .root) == "/bff/login")
        #expect(
            frontend.loginPath(returningTo: LocalPath("/a?b=c&d")) == "/bff/login?return_to=%2Fa%3Fb%3Dc%26d")
    }

    @Test func `a login's cookie belongs to one state and one place of return`() throws {
        let frontend = try makeFrontend()
        let name = frontend.loginCookieName("state", returningTo: "https://app.example/bff/callback/one")
        #expect(name == frontend.loginCookieName("state", callback: Array("/bff/callback/one".utf8)[...]))
        #expect(name != frontend.loginCookieName("state", callback: Array("/bff/callback".utf8)[...]))
        #expect(name != frontend.loginCookieName("other", callback: Array("/bff/callback/one".utf8)[...]))
        let page = frontend.loginCookieName("state", returningTo: "https://app.example/signed-in")
        #expect(page == frontend.loginCookieName("state", callback: []))
    }
}

@Suite struct LoginParameterReading {
    @Test func `everything that is known is passed on`() throws {
        let query: ByteString =
            "return_to=%2Fa&provider=two&prompt=login&login_hint=me&max_age=60&acr_values=x&ui_locales=de"
        let parameters = try LoginParameters(query: query, try makeFrontend())
        #expect(parameters.returnTo == LocalPath("/a"))
        #expect(parameters.provider == "two")
        #expect(parameters.prompt == "login")
        #expect(parameters.loginHint == "me")
        #expect(parameters.maximumAge == 60)
        #expect(parameters.acrValues == "x")
        #expect(parameters.uiLocales == "de")
    }

    @Test func `nothing at all means the first page and the first provider`() throws {
        #expect(try LoginParameters(query: nil, try makeFrontend()).returnTo == .root)
    }

    @Test(arguments: [
        "scope=admin", "state=x", "return_to=/a&return_to=/b", "return_to=//evil.example", "return_to=/bff/login",
        "max_age=-1", "max_age=1e9", "max_age=", "max_age=99999999999999999999", "prompt=%3Cscript%3E",
        "login_hint=%00",
        "login_hint=" + String(repeating: "a", count: 513), "%zz", "iss=https://evil.example", "redirect=page",
    ]) func `everything else is refused`(query: String) throws {
        let frontend = try makeFrontend()
        #expect(throws: Problem.self) { try LoginParameters(query: ByteString(query), frontend) }
    }

    @Test func `a provider of another frontend is not known`() throws {
        let frontend = try makeFrontend()
        let problem = #expect(throws: Problem.self) { try LoginParameters(query: "provider=three", frontend) }
        #expect(problem?.code == .providerUnknown)
    }

    @Test func `a posted object is read as strictly`() throws {
        let frontend = try makeFrontend()
        func read(_ object: JSONObject) throws -> LoginParameters {
            try LoginParameters(PostedObject(object), frontend)
        }
        #expect(try read(JSONObject([("return_to", "/a"), ("redirect", "page"), ("max_age", 5)])).redirect == "page")
        for object in [JSONObject([("scope", "x")]), JSONObject([("return_to", 1)]), JSONObject([("max_age", "5")])] {
            #expect(throws: Problem.self) { try read(object) }
        }
    }
}

@Suite struct CallbackParameterReading {
    @Test func `code, state and issuer are taken, other members of the answer passed over`() throws {
        let parameters = try CallbackParameters(query: "code=a%20b&state=s&iss=https%3A%2F%2Fp&session_state=x&scope=y")
        #expect(parameters.code == "a b")
        #expect(parameters.state == "s")
        #expect(parameters.iss == "https://p")
        #expect(parameters.error == nil)
    }

    @Test(arguments: [
        "", "code=a", "state=s", "code=a&state=", "code=a&code=b&state=s", "code=a&state=s&state=t",
        "code=a&state=s&error=e",
        "error=a&error=b&state=s", "code=a&state=s&iss=x&iss=y", "code=a&state=s&access_token=t",
        "code=a&state=s&id_token=t",
        "code=a&state=" + String(repeating: "s", count: 257),
        "code=" + String(repeating: "a", count: 4097) + "&state=s",
    ]) func `what is incomplete, doubled, too long or carries tokens is refused`(query: String) {
        #expect(throws: Problem.self) { try CallbackParameters(query: ByteString(query)) }
    }

    @Test(arguments: [
        ("https://app.example/signed-in?code=a&state=s", true), ("https://app.example?code=a&state=s", true),
        ("https://app.example/x?code=a&state=s#f", true), ("https://app.example.evil/?code=a&state=s", false),
        ("http://app.example/?code=a&state=s", false), ("/?code=a&state=s", false), ("https://app.example/", false),
    ]) func `a posted address must be one of our own pages`(url: String, isAccepted: Bool) throws {
        let origin = try #require(HTTPOrigin("https://app.example"))
        let object = PostedObject(JSONObject([("url", .string(ByteString(url)))]))
        #expect(((try? CallbackParameters(object, origin: origin)) != nil) == isAccepted)
    }
}

@Suite struct Answers {
    @Test(arguments: Problem.Code.allCases) func `every problem is an error with a title`(_ code: Problem.Code) {
        #expect((400..<600).contains(code.status))
        #expect(!code.title.isEmpty)
    }

    @Test func `a problem document has a stable code and what goes with it`() throws {
        var problem = Problem(.methodNotAllowed, "why")
        problem.allow = "GET"
        let parts = problem.document("id", fields: AnswerFields.own(isSecure: true))
        #expect(
            ByteString(parts.body)
                == #"{"title":"The method is not allowed here","status":405,"code":"method_not_allowed","detail":"why","request_id":"id"}"#
        )
        #expect(parts.fields.first(.contentType) == "application/problem+json")
        #expect(parts.fields.first(.allow) == "GET")
        #expect(parts.fields.first(.cacheControl) == "no-store")
        #expect(parts.fields.first(.strictTransportSecurity) != nil)
    }

    @Test func `a passing problem says when to try again`() {
        #expect(Problem(.brokerUnavailable).document("id", fields: HTTPFields()).fields.first(.retryAfter) == "1")
        #expect(Problem(.notFound).document("id", fields: HTTPFields()).fields.first(.retryAfter) == nil)
    }

    @Test func `text in a page stays text`() throws {
        let link = PageLink(text: "<b>", path: "/\"'&", values: [("n\"", "<v>")])
        let page = ByteString(Page.message("<script>", text: "a & b", link: link)).text
        #expect(!page.contains("<script>"))
        #expect(page.contains("&lt;script&gt;"))
        #expect(page.contains("action=\"/&quot;&#39;&amp;\""))
        #expect(page.contains("value=\"&lt;v&gt;\""))
    }

    @Test func `a bounce leads on without a script`() throws {
        let page = ByteString(Page.bounce(to: try #require(LocalPath("/a?b=1&c='")))).text
        #expect(page.contains("<meta http-equiv=\"refresh\" content=\"0;url=/a?b=1&amp;c=&#39;\">"))
        #expect(!page.contains("<script"))
    }
}

@Suite struct Files {
    @Test(
        arguments: [
            ("/", "index.html"), ("/a", "a"), ("/a/", "a/index.html"), ("/a%20b.txt", "a b.txt"), ("/%C3%A9", "é"),
            ("/.well-known/x", ".well-known/x"), ("/a/.hidden", nil), ("/.git/config", nil), ("/a%5Cb", nil),
            ("/a%00", nil),
            ("/..", nil), ("/%2e%2e/x", nil), ("/a%2Fb", "a/b"), ("", nil), ("/a//b", nil),
        ] as [(String, String?)]) func `an address names a file below the directory, or none`(
            path: String, file: String?
        )
    {
        #expect(StaticFiles.relativePath(Array(path.utf8)[...]) == file.map { ByteString($0) })
    }

    @Test(arguments: [
        ("a.html", "text/html; charset=utf-8"), ("a/b.JS", "text/javascript; charset=utf-8"),
        ("a.min.css", "text/css; charset=utf-8"),
        ("a", "application/octet-stream"), ("a.b/c", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
        ("a.", "application/octet-stream"),
    ]) func `a file's name tells its type`(name: String, type: String) {
        #expect(ContentType.of(ByteString(name)).bytes == ByteString(type))
    }

    @Test(arguments: [("/a/b", false), ("/a.b/c", false), ("/a/b.c", true), ("/", false)])
    func `only the last segment has an extension`(path: String, hasExtension: Bool) {
        #expect(StaticFiles.hasExtension(Array(path.utf8)[...]) == hasExtension)
    }
}

import Bytes
import OAuth
import Testing

@Suite struct CallbackParametersTests {
    static let state = String(repeating: "s", count: 42) + "A"

    static func parse(_ query: String) throws -> CallbackParameters {
        try CallbackParameters(parsing: ByteString(query))
    }

    @Test func `a code with its state and issuer is read`() throws {
        let callback = try Self.parse("code=a%2Bb+c&state=\(Self.state)&iss=https%3A%2F%2Fid.example&session_state=x")
        guard case .code(let code) = callback.answer else {
            Issue.record("no code")
            return
        }
        #expect(code.reveal() == Array("a+b c".utf8))
        #expect(callback.state == ByteString(Self.state))
        #expect(callback.issuer == "https://id.example")
    }

    @Test(arguments: [
        ("access_denied", AuthorizationError.accessDenied), ("login_required", .loginRequired),
        ("Access_Denied", .other), ("<script>", .other), ("temporarily_unavailable", .temporarilyUnavailable),
    ])
    func `an error becomes one of a closed list`(name: String, expected: AuthorizationError) throws {
        let error = Percent.encode(Array(name.utf8)).text
        let callback = try Self.parse("error=\(error)&error_description=%3Cb%3E&state=\(Self.state)")
        guard case .error(let found) = callback.answer else {
            Issue.record("no error")
            return
        }
        #expect(found == expected)
    }

    @Test(arguments: [
        "code=a&code=b&state=\(state)", "code=a&state=\(state)&state=\(state)", "code=a&state=\(state)&iss=x&iss=x",
        "error=a&error=b&state=\(state)", "code=a&%63ode=b&state=\(state)", "code=a&state=\(state)&x=1&x=2",
        "code=a&error=b&state=\(state)", "state=\(state)", "code=%zz&state=\(state)", "code=a%&state=\(state)",
    ])
    func `parameters that are there twice or contradict each other are refused`(query: String) {
        #expect(throws: CallbackRefusal.malformed) { try Self.parse(query) }
    }

    @Test(arguments: ["access_token", "id_token", "refresh_token", "token_type", "response", "access%5Ftoken"])
    func `tokens in the query are refused`(name: String) {
        #expect(throws: CallbackRefusal.foreignParameter) { try Self.parse("code=a&state=\(Self.state)&\(name)=x") }
        #expect(throws: CallbackRefusal.foreignParameter) { try Self.parse("\(name)=x") }
    }

    @Test(arguments: [
        "", "short", state + "A", String(state.dropLast()), String(repeating: "%00", count: 43),
        String(repeating: "s", count: 42) + "=", String(repeating: "s", count: 42) + "+",
        String(repeating: "s", count: 42) + "t",
    ])
    func `a state of another form is refused`(state: String) {
        #expect(throws: CallbackRefusal.state) { try Self.parse("code=a&state=\(state)") }
    }

    @Test func `a callback without state is refused`() {
        #expect(throws: CallbackRefusal.state) { try Self.parse("code=a") }
        #expect(throws: CallbackRefusal.state) { try Self.parse("") }
    }

    @Test func `lengths are bounded`() throws {
        let code = { (count: Int) in "code=\(String(repeating: "a", count: count))&state=\(Self.state)" }
        _ = try Self.parse(code(4096))
        #expect(throws: CallbackRefusal.code) { try Self.parse(code(4097)) }
        #expect(throws: CallbackRefusal.tooLong) { try Self.parse(code(8192)) }
        #expect(throws: CallbackRefusal.tooLong) {
            try Self.parse("code=a&state=\(Self.state)&iss=\(String(repeating: "a", count: 2049))")
        }
        #expect(throws: CallbackRefusal.error) {
            try Self.parse("state=\(Self.state)&error=\(String(repeating: "a", count: 129))")
        }
    }

    @Test(arguments: ["", "a%00", "a%0D%0A", "%C3%A9"])
    func `a code of other than printable ASCII is refused`(code: String) {
        #expect(throws: CallbackRefusal.code) { try Self.parse("code=\(code)&state=\(Self.state)") }
    }

    struct IssuerCase: Sendable {
        let given: String?, promised: Bool, comes: Bool
    }

    static let issuers = [
        IssuerCase(given: nil, promised: false, comes: true),
        IssuerCase(given: nil, promised: true, comes: false),
        IssuerCase(given: "https://id.example", promised: true, comes: true),
        IssuerCase(given: "https://id.example", promised: false, comes: true),
        IssuerCase(given: "https://id.example/", promised: true, comes: false),
        IssuerCase(given: "https://id.example:443", promised: true, comes: false),
        IssuerCase(given: "https://ID.example", promised: true, comes: false),
        IssuerCase(given: "https://evil.example", promised: false, comes: false),
        IssuerCase(given: "", promised: false, comes: false),
    ]

    @Test(arguments: issuers, ["code=a", "error=access_denied"])
    func `the issuer must be the transaction's, octet by octet`(item: IssuerCase, answer: String) throws {
        let issuer = item.given.map { "&iss=" + Percent.encode(Array($0.utf8)).text } ?? ""
        let callback = try Self.parse("\(answer)&state=\(Self.state)\(issuer)")
        #expect(callback.comes(from: "https://id.example", promised: item.promised) == item.comes)
    }
}

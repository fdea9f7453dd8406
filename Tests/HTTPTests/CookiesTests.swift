import Bytes
import HTTP
import Testing

@Suite struct CookiesTests {
    private func lookup(_ name: ByteString, _ lines: String...) -> Cookies.Lookup {
        var all = HTTPFields()
        for line in lines {
            guard let value = FieldValue(ByteString(octets(line))) else { continue }
            all.append(.cookie, value)
        }
        return Cookies(all)[name]
    }

    @Test(
        arguments: [
            ("n=A", "A"), ("a=1; n=A", "A"), ("n=A; b=2", "A"), ("a=1;n=A;b=2", "A"), ("n=", ""), ("n=\"A\"", "\"A\""),
            ("n=a=b", "a=b"), ("n = A", nil), ("N=A", nil), ("xn=A", nil), ("nx=A", nil), ("n", nil), ("=A", nil),
            ("", nil),
            (";;; ;n=A;;", "A"), ("a; n=A", "A"), ("=; n=A", "A"), ("n=\u{E9}\u{FF}", "\u{E9}\u{FF}"), ("a=n=A", nil),
            ("a=\"x; n=A\"", "A\""), ("x; \t n=A \t; b", "A"), ("n=A B", "A B"), ("n=A,b=C", "A,b=C"),
            ("$Version=1; n=A", "A"),
            ("n.1=A", nil), ("n%=A", nil), ("n\u{E9}=A", nil), ("n=0123456789abcdefghij", "0123456789abcdefghij"),
        ] as [(String, String?)])
    func `a cookie is found by its exact name`(_ line: String, _ value: String?) {
        switch (lookup("n", line), value) {
        case (.one(let found), let value?): #expect(Array(found) == octets(value))
        case (.absent, nil): break
        case (let found, _): Issue.record("\(found)")
        }
    }

    @Test func `two cookies of one name are ambiguous, in one line or two, equal or not`() {
        #expect(lookup("n", "n=A; n=B") == .ambiguous)
        #expect(lookup("n", "n=A; n=A") == .ambiguous)
        #expect(lookup("n", "n=A", "n=B") == .ambiguous)
        #expect(lookup("n", "n=A; b=1", "c=2; n=") == .ambiguous)
        #expect(lookup("n", "n=A; n=B; n=C") == .ambiguous)
    }

    @Test func `several Cookie lines are one list`() {
        #expect(lookup("n", "a=1", "n=A", "b=2") == .one(octets("A")[...]))
    }

    @Test func `all cookies come in their order`() {
        let cookies = Cookies(fields(("Cookie", "a=1; b"), ("X", "c=3"), ("cookie", "=x; d=4;")))
        #expect(cookies.map { ByteString($0.name) } == ["a", "d"])
        #expect(cookies.map { ByteString($0.value) } == ["1", "4"])
    }

    @Test func `sixty-four kibibytes of anything are survived`() {
        var random = SeededGenerator(seed: 11)
        let letters = octets("ab=; \t\"\\,%$\u{80}\u{FF}")
        for _ in 0..<20 {
            let line = (0..<65_536).map { _ in letters.randomElement(using: &random) ?? 0 }
            var all = HTTPFields()
            guard let value = FieldValue(ByteString(octets("x=1;") + line + octets(";y=2"))) else { continue }
            all.append(.cookie, value)
            let cookies = Array(Cookies(all))
            #expect(cookies.allSatisfy { !$0.name.isEmpty && !$0.name.contains(UInt8(ascii: ";")) })
            #expect(Cookies(all)["zz"] == .absent)
        }
        #expect(lookup("n", String(repeating: "p=q; ", count: 2_000) + "n=A") == .one(octets("A")[...]))
    }
}

@Suite struct SetCookieTests {
    @Test func `a session cookie is for this host alone`() {
        let cookie = SetCookie(name: "__Host-cloakroom", value: "abc", sameSite: .strict)
        #expect(cookie?.fieldValue.bytes == "__Host-cloakroom=abc; Path=/; HttpOnly; Secure; SameSite=Strict")
    }

    @Test func `a lifetime is written in seconds`() {
        let cookie = SetCookie(name: "__Host-l", value: "v", sameSite: .lax, maximumAge: 600)
        #expect(cookie?.fieldValue.bytes == "__Host-l=v; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600")
    }

    @Test func `a deletion has the same attributes, no value and no age`() {
        let cookie = SetCookie(name: "__Host-l", value: "v", sameSite: .none, maximumAge: 600)
        let deletion = cookie?.deletion.fieldValue.bytes
        #expect(deletion == "__Host-l=; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=0")
    }

    @Test func `development has cookies without Secure, but not under names that promise it`() {
        let plain = SetCookie(name: "cloakroom-8080", value: "v", sameSite: .strict, isSecure: false)
        #expect(plain?.fieldValue.bytes == "cloakroom-8080=v; Path=/; HttpOnly; SameSite=Strict")
        #expect(SetCookie(name: "__Host-x", value: "v", sameSite: .strict, isSecure: false) == nil)
        #expect(SetCookie(name: "__hOsT-x", value: "v", sameSite: .strict, isSecure: false) == nil)
        #expect(SetCookie(name: "__Secure-x", value: "v", sameSite: .strict, isSecure: false) == nil)
        #expect(SetCookie(name: "x", value: "v", sameSite: .none, isSecure: false) == nil)
    }

    @Test(arguments: ["a;b", "a b", "a,b", "a\"b", "a\\b", "a\r\nX: y", "a\u{0}", "a\u{7F}", "\u{E9}", "a\tb"])
    func `a value that could add an attribute or a line is refused`(_ value: String) {
        #expect(SetCookie(name: "n", value: ByteString(octets(value)), sameSite: .lax) == nil)
    }

    @Test(arguments: ["", "a=b", "a;b", "a b", "a\r\n", "\u{E9}", "a(b", "a\u{0}"])
    func `a name that is no token is refused`(_ name: String) {
        #expect(SetCookie(name: ByteString(octets(name)), value: "v", sameSite: .lax) == nil)
    }

    @Test func `browsers keep four kibibytes and no more`() {
        let value = ByteString([UInt8](repeating: UInt8(ascii: "a"), count: 4_095))
        #expect(SetCookie(name: "n", value: value, sameSite: .lax) != nil)
        #expect(SetCookie(name: "nn", value: value, sameSite: .lax) == nil)
    }
}

import Bytes
import Session
import Testing

@Suite struct CookieNaming {
    @Test func `cookies of a deployment carry the host prefix`() {
        let names = CookieNames("cloakroom")
        #expect(names.session == "__Host-cloakroom")
        #expect(names.isSecure)
    }

    @Test func `in development the port takes the place of the prefix`() {
        let names = CookieNames("cloakroom", developmentPort: 8080)
        #expect(names.session == "cloakroom-8080")
        #expect(!names.isSecure)
    }

    @Test func `the name of a login's cookie follows from its state`() {
        let names = CookieNames("app")
        let name = names.login(stateHash: Array(0..<32))
        #expect(name == "__Host-app-login-0001020304050607")
        #expect(names.login(stateHash: Array(1..<33)) != name)
    }

    @Test func `the oldest logins make room for a ninth`() {
        let names = CookieNames("app")
        let logins = (0..<10).map { names.loginPrefix + ByteString("\($0)") }
        #expect(names.superfluousLogins(among: Array(logins.prefix(7)) + ["other", names.session]).isEmpty)
        #expect(names.superfluousLogins(among: Array(logins.prefix(8))) == [logins[0]])
        #expect(names.superfluousLogins(among: ["other"] + logins) == Array(logins.prefix(3)))
    }

    @Test(arguments: [("cloakroom", true), ("a-b_c.d9", true), ("", false), ("a b", false), ("a=b", false), ("a;b", false), ("ä", false)])
    func `a base is made of few characters`(base: String, isUsable: Bool) {
        #expect(CookieNames.isUsable(ByteString(base)) == isUsable)
    }
}

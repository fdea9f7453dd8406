import Bytes
import HTTP
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

    @Test(arguments: [
        ("cloakroom", true), ("a-b_c.d9", true), ("", false), ("a b", false), ("a=b", false), ("a;b", false),
        ("ä", false),
    ])
    func `a base is made of few characters`(base: String, isUsable: Bool) {
        #expect(CookieNames.isUsable(ByteString(base)) == isUsable)
    }
}

@Suite struct CookieMaking {
    @Test func `the session's cookie is Strict and ends with the browser`() {
        #expect(
            CookieNames("app").sessionCookie("v")?.fieldValue.bytes
                == "__Host-app=v; Path=/; HttpOnly; Secure; SameSite=Strict")
        #expect(
            CookieNames("app", developmentPort: 80).sessionCookie("v")?.fieldValue.bytes
                == "app-80=v; Path=/; HttpOnly; SameSite=Strict")
    }

    @Test func `a login's cookie is Lax and lives ten minutes`() {
        #expect(
            CookieNames("app").loginCookie("__Host-app-login-1", "v")?.fieldValue.bytes
                == "__Host-app-login-1=v; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600")
    }

    @Test(arguments: [
        (String(repeating: "A", count: 43), true), (String(repeating: "A", count: 42) + "B", false),
        (String(repeating: "A", count: 44), false), (String(repeating: "A", count: 42) + "=", false), ("", false),
    ]) func `a value of ours has one shape`(value: String, isOurs: Bool) {
        #expect(CookieNames.isOurs(Array(value.utf8)[...]) == isOurs)
    }
}

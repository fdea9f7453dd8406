import Bytes
import JSON
import Testing

@testable import BrokerService

@Suite struct SessionClaimsTests {
    private let claims = SessionClaims(
        issuer: "https://id.example", subject: "ada", nonce: "n",
        claims: JSONObject([("sub", "ada"), ("name", "Ada"), ("roles", ["admin"])]), expires: 7)

    @Test func `claims survive their sealed form`() throws {
        #expect(SessionClaims(encoded: claims.encoded()) == claims)
    }

    @Test func `only the selected claims are shown, and always the subject`() {
        #expect(claims.selected(["name", "email"]).names == ["sub", "name"])
        #expect(claims.selected([]).names == ["sub"])
    }

    @Test(arguments: ["", "[]", "{}", #"{"iss":"a","sub":"b","nonce":"c","claims":[],"expires":1}"#])
    func `anything else does not decode`(text: String) {
        #expect(SessionClaims(encoded: Array(text.utf8)) == nil)
    }

    @Test func `a login's secrets survive their sealed form`() throws {
        let secrets = LoginSecrets(nonce: "n", verifier: Secret("v"), maximumAge: 60)
        let copy = try #require(LoginSecrets(encoded: Secret(secrets.encoded())))
        #expect(copy.nonce == "n")
        #expect(copy.verifier == Secret("v"))
        #expect(copy.maximumAge == 60)
        #expect(LoginSecrets(encoded: Secret("{}")) == nil)
    }
}

import Bytes
import OAuth
import Testing

struct ClaimCase: Sendable, CustomTestStringConvertible {
    let name: String
    let changes: Changes
    let fault: TokenFault

    init(_ name: String, _ changes: Changes, _ fault: TokenFault) {
        self.name = name
        self.changes = changes
        self.fault = fault
    }

    var testDescription: String { name }
}

@Suite struct IDTokenClaimTests {
    @Test func `a token that meets every rule is verified`() throws {
        let token = try Issuer.verify(
            Issuer.token([
                ("sid", #""s1""#), ("auth_time", "1699999000.5"), ("acr", #""gold""#), ("amr", #"["pwd","otp"]"#),
                ("azp", #""client""#), ("nbf", "1699999990"),
            ]))
        #expect(token.issuer == "https://id.example")
        #expect(token.subject == "user")
        #expect(token.expiry == 1_700_000_300)
        #expect(token.issuedAt == 1_699_999_990)
        #expect(token.authenticationTime == 1_699_999_000)
        #expect(token.authenticationContext == "gold")
        #expect(token.authenticationMethods == ["pwd", "otp"])
        #expect(token.sessionIdentifier == "s1")
        #expect(token.nonce == "n-1")
    }

    static let refused: [ClaimCase] = [
        ClaimCase("no iss", [("iss", nil)], .issuer),
        ClaimCase("another iss", [("iss", #""https://evil.example""#)], .issuer),
        ClaimCase("a slash after iss", [("iss", #""https://id.example/""#)], .issuer),
        ClaimCase("iss in upper case", [("iss", #""https://ID.example""#)], .issuer),
        ClaimCase("iss as a list", [("iss", #"["https://id.example"]"#)], .issuer),
        ClaimCase("iss with a combining mark", [("iss", #""https://id.example\u0301""#)], .issuer),
        ClaimCase("no aud", [("aud", nil)], .audience),
        ClaimCase("another aud", [("aud", #""other""#)], .audience),
        ClaimCase("an empty aud", [("aud", "[]")], .audience),
        ClaimCase("aud as a number", [("aud", "1")], .audience),
        ClaimCase("aud with a number", [("aud", #"["client",1]"#)], .audience),
        ClaimCase("an untrusted aud beside ours", [("aud", #"["client","evil"]"#), ("azp", #""client""#)], .audience),
        ClaimCase("aud with a prefix of ours", [("aud", #""client2""#)], .audience),
        ClaimCase("another azp", [("azp", #""other""#)], .authorizedParty),
        ClaimCase("azp as null", [("azp", "null")], .authorizedParty),
        ClaimCase("our aud twice without azp", [("aud", #"["client","client"]"#)], .authorizedParty),
        ClaimCase("no sub", [("sub", nil)], .subject),
        ClaimCase("sub as a number", [("sub", "1")], .subject),
        ClaimCase("an empty sub", [("sub", #""""#)], .subject),
        ClaimCase("a sub of 256 octets", [("sub", "\"" + String(repeating: "a", count: 256) + "\"")], .subject),
        ClaimCase("no exp", [("exp", nil)], .expired),
        ClaimCase("exp an hour ago", [("exp", "1699996400")], .expired),
        ClaimCase("exp exactly one skew ago", [("exp", "1699999940")], .expired),
        ClaimCase("exp 1e300", [("exp", "1e300")], .expired),
        ClaimCase("exp 1e400", [("exp", "1e400")], .expired),
        ClaimCase("exp 2^63", [("exp", "9223372036854775808")], .expired),
        ClaimCase("exp of 200 digits", [("exp", String(repeating: "9", count: 200))], .expired),
        ClaimCase("negative exp", [("exp", "-1")], .expired),
        ClaimCase("exp as text", [("exp", #""1700000300""#)], .expired),
        ClaimCase("exp as null", [("exp", "null")], .expired),
        ClaimCase("no iat", [("iat", nil)], .issuedAt),
        ClaimCase("iat in ten minutes", [("iat", "1700000600")], .issuedAt),
        ClaimCase("iat 61 s ahead", [("iat", "1700000061")], .issuedAt),
        ClaimCase("iat an hour ago", [("iat", "1699996400")], .issuedAt),
        ClaimCase("iat as text", [("iat", #""1""#)], .issuedAt),
        ClaimCase("iat 1e300", [("iat", "1e300")], .issuedAt),
        ClaimCase("nbf in two minutes", [("nbf", "1700000120")], .notBefore),
        ClaimCase("nbf as text", [("nbf", #""0""#)], .notBefore),
        ClaimCase("no nonce", [("nonce", nil)], .nonce),
        ClaimCase("another nonce", [("nonce", #""n-2""#)], .nonce),
        ClaimCase("nonce as a list", [("nonce", #"["n-1"]"#)], .nonce),
        ClaimCase("a logout token's events", [("events", "{}")], .type),
        ClaimCase("sid as a number", [("sid", "7")], .malformed),
        ClaimCase("an empty sid", [("sid", #""""#)], .malformed),
        ClaimCase("a NUL in acr", [("acr", #""go\u0000ld""#)], .malformed),
        ClaimCase("a NUL in amr", [("amr", #"["pwd","\u0000"]"#)], .malformed),
        ClaimCase("auth_time as text", [("auth_time", #""1""#)], .authenticationTime),
    ]

    @Test(arguments: refused)
    func `a token with a wrong claim is refused for that claim`(_ item: ClaimCase) {
        #expect(throws: item.fault) { try Issuer.verify(Issuer.token(item.changes)) }
    }

    static let accepted: [(String, Changes)] = [
        ("aud as a list", [("aud", #"["client"]"#)]),
        ("exp with a fraction", [("exp", "1700000300.5")]),
        ("exp in exponent form", [("exp", "1.7000003e9")]),
        ("exp just within the skew", [("exp", "1699999941")]),
        ("iat 60 s ahead", [("iat", "1700000060")]),
        ("escaped letters in iss", [("iss", #""https:\/\/id.ex\u0061mple""#)]),
        ("a sub of 255 octets", [("sub", "\"" + String(repeating: "a", count: 255) + "\"")]),
        ("unknown claims", [("colour", #"{"a":[1,null]}"#)]),
    ]

    @Test(arguments: accepted)
    func `a token that is unusual but right is verified`(name: String, changes: Changes) throws {
        #expect(try Issuer.verify(Issuer.token(changes)).issuer == "https://id.example")
    }

    @Test func `subjects that look alike stay different users`() throws {
        let letter = try Issuer.verify(Issuer.token([("sub", #""K1""#)]))
        let kelvin = try Issuer.verify(Issuer.token([("sub", #""\u212A1""#)]))
        #expect(letter.subject != kelvin.subject)
        #expect(kelvin.subject.bytes == [0xE2, 0x84, 0xAA, 0x31])
    }

    @Test func `an issuer or client that is equivalent only after normalisation is refused`() throws {
        let kelvin = IDTokenRules(issuer: "https://\u{212A}.example", clientID: "client")
        #expect(throws: TokenFault.issuer) {
            try Issuer.verify(Issuer.token([("iss", #""https://K.example""#)]), rules: kelvin)
        }
        let accented = IDTokenRules(issuer: "https://id.example", clientID: "caf\u{E9}")
        #expect(throws: TokenFault.audience) {
            try Issuer.verify(Issuer.token([("aud", #""cafe\u0301""#)]), rules: accented)
        }
    }

    @Test func `a trusted audience may stand beside the client, if azp names the client`() throws {
        let rules = Issuer.rules(trusted: ["api"])
        let both: Changes = [("aud", #"["client","api"]"#), ("azp", #""client""#)]
        #expect(try Issuer.verify(Issuer.token(both), rules: rules).subject == "user")
        #expect(throws: TokenFault.authorizedParty) {
            try Issuer.verify(Issuer.token([("aud", #"["client","api"]"#)]), rules: rules)
        }
        #expect(throws: TokenFault.audience) {
            try Issuer.verify(Issuer.token([("aud", #"["api"]"#), ("azp", #""client""#)]), rules: rules)
        }
    }

    @Test func `no configuration makes the skew longer than a minute`() {
        let rules = Issuer.rules(skew: 3600)
        #expect(throws: TokenFault.expired) { try Issuer.verify(Issuer.token([("exp", "1699999939")]), rules: rules) }
    }
}

@Suite struct IDTokenOccasionTests {
    @Test func `at_hash must be half the digest of the access token`() throws {
        // OpenID Connect Core appendix A.3 has this access token and hash.
        let access = Secret(ByteString("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"))
        let right: Changes = [("at_hash", #""77QmUPtjPfzWtF2AnpK9RQ""#)]
        #expect(try Issuer.verify(Issuer.token(right), expectation: Issuer.login(access)).subject == "user")
        for wrong in [#""77QmUPtjPfzWtF2AnpK9RR""#, #""""#, "null", "1", #""77QmUPtjPfzWtF2AnpK9RQ==""#] {
            #expect(throws: TokenFault.accessTokenHash) {
                try Issuer.verify(Issuer.token([("at_hash", wrong)]), expectation: Issuer.login(access))
            }
        }
        #expect(try Issuer.verify(Issuer.token([]), expectation: Issuer.login(access)).subject == "user")
    }

    @Test func `max_age demands a recent auth_time`() throws {
        let expectation = IDTokenExpectation.login(nonce: "n-1", accessToken: nil, maximumAge: 100)
        let verify = { (changes: Changes) in try Issuer.verify(Issuer.token(changes), expectation: expectation) }
        #expect(try verify([("auth_time", "1699999900")]).subject == "user")
        #expect(try verify([("auth_time", "1699999840")]).subject == "user")
        for wrong: Changes in [
            [], [("auth_time", "1699999839")], [("auth_time", "1700000061")], [("auth_time", #""1699999900""#)],
        ] {
            #expect(throws: TokenFault.authenticationTime) { try verify(wrong) }
        }
    }

    @Test func `a required authentication context must have been reached`() throws {
        let expectation = IDTokenExpectation.login(nonce: "n-1", accessToken: nil, acrValues: ["gold", "silver"])
        let verify = { (changes: Changes) in try Issuer.verify(Issuer.token(changes), expectation: expectation) }
        #expect(try verify([("acr", #""silver""#)]).authenticationContext == "silver")
        for wrong: Changes in [[], [("acr", #""bronze""#)], [("acr", #"["gold"]"#)], [("acr", #""gold silver""#)]] {
            #expect(throws: TokenFault.authenticationContext) { try verify(wrong) }
        }
    }

    @Test func `a step-up takes the same user only`() throws {
        let expectation = IDTokenExpectation.login(nonce: "n-1", accessToken: nil, subject: "user")
        #expect(try Issuer.verify(Issuer.token([]), expectation: expectation).subject == "user")
        #expect(throws: TokenFault.subject) {
            try Issuer.verify(Issuer.token([("sub", #""other""#)]), expectation: expectation)
        }
    }

    @Test func `a refreshed token is of the same user and has no other nonce`() throws {
        let expectation = IDTokenExpectation.refresh(subject: "user", nonce: "n-1", accessToken: nil)
        let verify = { (changes: Changes) in try Issuer.verify(Issuer.token(changes), expectation: expectation) }
        #expect(try verify([]).subject == "user")
        #expect(try verify([("nonce", nil)]).nonce == nil)
        #expect(throws: TokenFault.nonce) { try verify([("nonce", #""n-2""#)]) }
        #expect(throws: TokenFault.subject) { try verify([("sub", #""other""#)]) }
        #expect(throws: TokenFault.issuer) { try verify([("iss", #""https://evil.example""#)]) }
        #expect(throws: TokenFault.audience) { try verify([("aud", #""other""#)]) }
    }

    @Test func `a refreshed token with a nonce is refused when the login's is not known`() {
        let expectation = IDTokenExpectation.refresh(subject: "user", nonce: nil, accessToken: nil)
        #expect(throws: TokenFault.nonce) { try Issuer.verify(Issuer.token([]), expectation: expectation) }
    }
}

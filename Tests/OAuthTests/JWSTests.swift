import Bytes
import OAuth
import Testing

@Suite struct JWSTests {
    static let payload = Issuer.text(Issuer.claims, [])

    static func forged(_ header: String) -> String { Issuer.token(header: header, payload: payload) }

    @Test(arguments: [
        "none", "nOnE", "NONE", "None", "", "HS256", "HS512", "rs256", "RS256 ", "RS384", "PS256", "EdDSA", "ES256K",
        "R\u{17F}256", "RS256\\u0000", "RS\\u0662\\u0665\\u0666",
    ])
    func `an algorithm that is not on the list is refused`(name: String) {
        #expect(throws: TokenFault.algorithm) { try Issuer.verify(Self.forged(#"{"alg":"\#(name)","kid":"r"}"#)) }
        let unsigned = Issuer.encode(#"{"alg":"\#(name)","kid":"r"}"#) + "." + Issuer.encode(Self.payload) + "."
        #expect(throws: TokenFault.algorithm) { try Issuer.verify(unsigned) }
    }

    @Test(arguments: [
        #"{"kid":"r"}"#, #"{"alg":null}"#, #"{"alg":["RS256"]}"#, #"{"alg":"RS256","alg":"none"}"#,
        #"{"alg":"none","\u0061lg":"RS256"}"#, #"{"alg":"RS256","kid":1}"#, #"{"alg":"RS256","kid":null}"#,
        #"{"alg":"RS256","typ":1}"#, #"{"alg":"RS256",}"#, #"["RS256"]"#, "", #"{"alg":"RS256"} {}"#,
        #"{"alg":"RS256","x":"\uD800"}"#, #"{"alg":"RS256","x":NaN}"#,
    ])
    func `a header that is not what it must be is refused`(header: String) {
        #expect(throws: TokenFault.malformed) { try Issuer.verify(Self.forged(header)) }
    }

    @Test(arguments: [#"["exp"]"#, #"["b64"]"#, "[]", "null"])
    func `a critical extension is refused, whatever it is`(value: String) {
        let token = Self.forged(#"{"alg":"RS256","kid":"r","crit":\#(value)}"#)
        #expect(throws: TokenFault.criticalExtension) { try Issuer.verify(token) }
    }

    @Test(arguments: [
        "logout+jwt", "at+jwt", "application/at+jwt", "dpop+jwt", "secevent+jwt", "JWTx", "", "JW\u{1E6A}",
    ])
    func `another kind of token is refused`(type: String) {
        let token = Self.forged(#"{"alg":"RS256","kid":"r","typ":"\#(type)"}"#)
        #expect(throws: TokenFault.type) { try Issuer.verify(token) }
    }

    @Test(arguments: ["JWT", "jwt", "application/jwt"])
    func `a plain token may say so`(type: String) throws {
        #expect(try Issuer.verify(Self.forged(#"{"alg":"RS256","kid":"r","typ":"\#(type)"}"#)).subject == "user")
    }

    @Test func `keys that the header brings or points to do not count`() throws {
        let own = TestKey(secret: [9, 9, 9])
        let header =
            #"{"alg":"RS256","jwk":{"kty":"RSA","n":"CQkJ","e":"AQAB"},"jku":"https://evil.example/jwks","x5u":"x"}"#
        #expect(throws: TokenFault.unknownKey) {
            try Issuer.verify(Issuer.token(header: header, payload: Self.payload, key: own))
        }
    }

    @Test func `a key of another kind never verifies`() {
        // The token is signed with the EC key, and names the algorithm or the identifier of the RSA key.
        let crossed = Issuer.token(
            header: #"{"alg":"ES256","kid":"r"}"#, payload: Self.payload, key: Issuer.rsa, algorithm: .es256)
        #expect(throws: TokenFault.unknownKey) { try Issuer.verify(crossed) }
        let wrongKey = Issuer.token(header: #"{"alg":"RS256","kid":"r"}"#, payload: Self.payload, key: Issuer.ec)
        #expect(throws: TokenFault.signature) { try Issuer.verify(wrongKey) }
    }

    @Test func `only algorithms allowed for the provider count`() throws {
        let token = Issuer.token(
            header: #"{"alg":"ES256","kid":"e"}"#, payload: Self.payload, key: Issuer.ec, algorithm: .es256)
        #expect(try Issuer.verify(token).subject == "user")
        #expect(throws: TokenFault.algorithm) {
            try Issuer.verify(token, rules: Issuer.rules(algorithms: [.rs256]))
        }
    }

    @Test(arguments: ["x", "R", "r ", "", "\u{0280}"])
    func `an identifier that is not in the set may be a new key's`(identifier: String) {
        let token = Self.forged(#"{"alg":"RS256","kid":"\#(identifier)"}"#)
        #expect(throws: TokenFault.unknownKey) { try Issuer.verify(token) }
    }

    @Test func `identifiers are compared without normalisation`() throws {
        let keys = try Issuer.keys(#"{"keys":[{"kty":"RSA","kid":"K","n":"AQID","e":"AQAB"}]}"#)
        #expect(throws: TokenFault.unknownKey) {
            try Issuer.verify(Self.forged(#"{"alg":"RS256","kid":"\u212A"}"#), keys: keys)
        }
        #expect(try Issuer.verify(Self.forged(#"{"alg":"RS256","kid":"K"}"#), keys: keys).subject == "user")
    }

    @Test func `without an identifier every fitting key is tried`() throws {
        let token = Self.forged(#"{"alg":"RS256"}"#)
        let several = try Issuer.keys(
            """
            {"keys":[{"kty":"RSA","kid":"a","n":"CQkJ","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AQID","y":"AA"},\
            {"kty":"RSA","n":"AQID","e":"AQAB"}]}
            """)
        #expect(try Issuer.verify(token, keys: several).subject == "user")
        let others = try Issuer.keys(#"{"keys":[{"kty":"RSA","kid":"a","n":"CQkJ","e":"AQAB"}]}"#)
        #expect(throws: TokenFault.unknownKey) { try Issuer.verify(token, keys: others) }
    }

    @Test func `a changed octet anywhere makes the token worthless`() {
        let token = Array(Issuer.token([]).utf8)
        for index in token.indices {
            for replacement in "A.=\n +/é".utf8 where token[index] != replacement {
                var changed = token
                changed[index] = replacement
                #expect(throws: TokenFault.self) { try Issuer.verify(ByteString(changed).text) }
            }
        }
    }

    @Test func `the form is three parts of canonical base64url and nothing else`() {
        let token = Issuer.token([])
        let parts = token.split(separator: ".").map(String.init)
        for wrong in [
            "", ".", "..", "...", token + ".", "." + token, token + "=", token + "\n", " " + token, token + ".a.b",
            parts[0] + "." + parts[1], parts[0] + ".." + parts[2], parts[0] + "=." + parts[1] + "." + parts[2],
            parts.joined(separator: " ."),
        ] {
            #expect(throws: TokenFault.malformed) { try Issuer.verify(wrong) }
        }
    }

    @Test func `trailing bits of the signature must be zero`() throws {
        let token = Issuer.token([])
        // 32 octets take 43 characters, the last of which carries 4 bits and 2 zeros.
        let last = try #require(token.utf8.last)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let value = try #require(alphabet.firstIndex(of: last))
        let twin = token.dropLast() + String(decoding: [alphabet[value | 1]], as: UTF8.self)
        #expect(throws: TokenFault.malformed) { try Issuer.verify(String(twin)) }
    }

    @Test func `a token above 32 KiB is refused`() throws {
        let long = { (count: Int) in Issuer.token([("x", "\"" + String(repeating: "a", count: count) + "\"")]) }
        #expect(try Issuer.verify(long(20_000)).subject == "user")
        #expect(throws: TokenFault.malformed) { try Issuer.verify(long(26_000)) }
    }

    @Test(arguments: [
        #"{"sub":"user","sub":"admin"}"#, #"{"sub":"user","\u0073ub":"admin"}"#, #"{"sub":"user",}"#, "[]", "",
        "null", #"{"sub":"user"}x"#, #"{"sub":"\uDC00"}"#, #"{"exp":NaN}"#, #"{"exp":+5}"#, #"{"exp":01}"#,
        "{\"sub\":\"a\nb\"}",
    ])
    func `claims that are not strict JSON are refused`(payload: String) {
        #expect(throws: TokenFault.malformed) { try Issuer.verify(Issuer.token(payload: payload)) }
    }
}

@Suite struct RealSignatureTests {
    static func verify(_ token: String, algorithms: Set<SignatureAlgorithm>) throws -> VerifiedIDToken {
        let cryptography = LibraryCryptography()
        return try UnverifiedIDToken(Secret(ByteString(token))).verified(
            keys: JWKS(parsing: Array(Signed.keys.utf8), cryptography: cryptography),
            rules: Issuer.rules(algorithms: algorithms), expectation: Issuer.login(), now: Issuer.now,
            cryptography: cryptography)
    }

    @Test(arguments: [
        (Signed.rs256, SignatureAlgorithm.rs256), (Signed.ps256, .ps256), (Signed.es256, .es256),
    ])
    func `a token signed by another program is verified, and by its own algorithm only`(
        token: String, algorithm: SignatureAlgorithm
    ) throws {
        #expect(try Self.verify(token, algorithms: [algorithm]).subject == "user")
        let others = Set(SignatureAlgorithm.allCases).subtracting([algorithm])
        #expect(throws: TokenFault.algorithm) { try Self.verify(token, algorithms: others) }
    }

    @Test(arguments: [Signed.rs256, Signed.ps256, Signed.es256])
    func `another signature, payload or header is refused`(token: String) {
        let parts = token.split(separator: ".").map(String.init)
        let other = Issuer.encode(Issuer.text(Issuer.claims, []))
        let swapped = Array(parts[2].utf8.dropFirst(4)) + Array(parts[2].utf8.prefix(4))
        for changed in [
            parts[0] + "." + other + "." + parts[2],
            parts[0] + "." + parts[1] + "." + ByteString(swapped).text,
            parts[0] + "." + parts[1] + ".",
        ] {
            #expect(throws: TokenFault.self) { try Self.verify(changed, algorithms: Set(SignatureAlgorithm.allCases)) }
        }
    }
}

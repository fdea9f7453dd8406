import Bytes
import Crypto
import OAuth
import Testing

/// libcrypto behind the protocol of the module under test.
struct LibraryCryptography: Cryptography {
    func sha256(_ bytes: [UInt8]) -> [UInt8] { Hash.sha256(bytes) }

    func verificationKey(_ parameters: KeyParameters) -> (any SignatureVerifying)? {
        switch parameters {
        case .rsa(let modulus, let exponent):
            VerificationKey(rsaModulus: modulus, exponent: exponent).map { LibraryKey(key: $0) }
        case .p256(let x, let y): VerificationKey(p256X: x, y: y).map { LibraryKey(key: $0) }
        }
    }
}

struct LibraryKey: SignatureVerifying {
    let key: VerificationKey

    func verifies(_ algorithm: SignatureAlgorithm, signature: [UInt8], message: [UInt8]) -> Bool {
        let scheme: SignatureScheme =
            switch algorithm {
            case .rs256: .rs256
            case .ps256: .ps256
            case .es256: .es256
            }
        return key.verifies(scheme, signature: signature, message: message)
    }
}

/// A stand-in whose signatures are digests of key, algorithm and message, so that tests can sign.
struct TestCryptography: Cryptography {
    func sha256(_ bytes: [UInt8]) -> [UInt8] { Hash.sha256(bytes) }

    func verificationKey(_ parameters: KeyParameters) -> (any SignatureVerifying)? {
        switch parameters {
        case .rsa(let modulus, _): TestKey(secret: modulus)
        case .p256(let x, _): TestKey(secret: x)
        }
    }
}

struct TestKey: SignatureVerifying {
    let secret: [UInt8]

    func sign(_ algorithm: SignatureAlgorithm, _ message: [UInt8]) -> [UInt8] {
        Hash.sha256(secret + algorithm.name.bytes + message)
    }

    func verifies(_ algorithm: SignatureAlgorithm, signature: [UInt8], message: [UInt8]) -> Bool {
        signature == sign(algorithm, message)
    }
}

/// Replacements of members by raw JSON; nil removes.
typealias Changes = [(name: String, json: String?)]

/// Writes tokens of raw JSON, so that a test can write what no well-behaved library would.
enum Issuer {
    static let now: Int64 = 1_700_000_000
    static let rsa = TestKey(secret: [1, 2, 3])
    static let ec = TestKey(secret: [4, 5, 6])
    static let keyDocument = """
        {"keys":[{"kty":"RSA","kid":"r","n":"AQID","e":"AQAB"},\
        {"kty":"EC","kid":"e","crv":"P-256","x":"BAUG","y":"AA"}]}
        """

    static func keys(_ document: String = keyDocument) throws -> JWKS {
        try JWKS(parsing: Array(document.utf8), cryptography: TestCryptography())
    }

    static let claims: Changes = [
        ("iss", #""https://id.example""#), ("sub", #""user""#), ("aud", #""client""#), ("exp", "1700000300"),
        ("iat", "1699999990"), ("nonce", #""n-1""#),
    ]

    static func text(_ members: Changes, _ changes: Changes) -> String {
        var members = members.filter { member in !changes.contains { $0.name == member.name } }
        members += changes.filter { $0.json != nil }
        return "{" + members.map { #""\#($0.name)":\#($0.json ?? "")"# }.joined(separator: ",") + "}"
    }

    static func token(
        header: String = #"{"alg":"RS256","kid":"r"}"#, payload: String, key: TestKey = rsa,
        algorithm: SignatureAlgorithm = .rs256
    ) -> String {
        let input = encode(header) + "." + encode(payload)
        return input + "." + Base64.encodeURL(key.sign(algorithm, Array(input.utf8))).text
    }

    static func token(_ changes: Changes) -> String { token(payload: text(claims, changes)) }

    static func encode(_ text: String) -> String { Base64.encodeURL(Array(text.utf8)).text }

    /// Verifies as the answer to a login with the nonce `n-1`.
    static func verify(
        _ token: String, rules: IDTokenRules = rules(), expectation: IDTokenExpectation = login(), now: Int64 = now,
        keys: JWKS? = nil
    ) throws -> VerifiedIDToken {
        try UnverifiedIDToken(Secret(ByteString(token))).verified(
            keys: keys ?? self.keys(), rules: rules, expectation: expectation, now: now,
            cryptography: TestCryptography())
    }

    static func rules(
        algorithms: Set<SignatureAlgorithm> = [.rs256, .es256], trusted: Set<ByteString> = [], skew: Int64 = 60
    ) -> IDTokenRules {
        IDTokenRules(
            issuer: "https://id.example", clientID: "client", algorithms: algorithms, trustedAudiences: trusted,
            clockSkew: skew)
    }

    static func login(_ accessToken: Secret? = nil) -> IDTokenExpectation {
        .login(nonce: "n-1", accessToken: accessToken)
    }
}

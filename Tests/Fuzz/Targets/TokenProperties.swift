import Bytes
import JSON
import OAuth

/// The input is an ID token: in compact form, or in three lines that are put into it. Every signature counts as good,
/// so that everything behind it is reached. The same octets are also read as a key set.
enum TokenProperties {
    private static let rules = IDTokenRules(issuer: "https://id", clientID: "me", algorithms: [.rs256, .es256])
    private static let keys = Array(
        #"{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]}"#.utf8)

    static func check(_ input: [UInt8]) throws {
        let cryptography = Credulous()
        if let set = try? JWKS(parsing: input, cryptography: cryptography) {
            try require(set.count <= JWKS.maximumKeys, "a set of keys is bounded")
        }
        let keys = try JWKS(parsing: keys, cryptography: cryptography)
        for compact in [ByteString(input), compact(input)] {
            let token = UnverifiedIDToken(Secret(compact))
            let expectation = IDTokenExpectation.login(nonce: "n", accessToken: nil)
            guard
                let verified = try? token.verified(
                    keys: keys, rules: rules, expectation: expectation, now: 1_000_000, cryptography: cryptography)
            else { continue }
            try checkClaims(verified, compact)
        }
    }

    private static func compact(_ input: [UInt8]) -> ByteString {
        let parts = input.split(separator: 0x0A, omittingEmptySubsequences: false)
        return ByteString(parts.map { Base64.encodeURL(Array($0)).bytes }.joined(separator: [UInt8(ascii: ".")]))
    }

    /// A second look at what was accepted.
    private static func checkClaims(_ token: VerifiedIDToken, _ compact: ByteString) throws {
        let parts = compact.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        try require(parts.count == 3, "a token has three parts")
        let decoded = parts.compactMap { Base64.decodeURL($0) }
        try require(zip(decoded, parts).allSatisfy { Base64.encodeURL($0).bytes == Array($1) }, "in one spelling")
        let header = try JSON.parse(decoded[0])
        try require(header["alg"] == "RS256" || header["alg"] == "ES256", "the algorithm is allowed")
        try require(header["crit"] == nil, "nothing unknown is demanded")
        let claims = try require(try JSON.parse(decoded[1]).object, "the claims are an object")
        try require(claims == token.claims && claims["iss"] == "https://id", "the claims are those that were signed")
        try require(claims["sub"]?.string == token.subject && claims["nonce"] == "n", "and the identity is theirs")
        let audience = claims["aud"]?.array ?? [claims["aud"] ?? .null]
        try require(audience.contains("me") && token.expiry + 60 > 1_000_000, "it is for us, and now")
    }
}

/// Any key will do, and any signature.
private struct Credulous: Cryptography, SignatureVerifying {
    func sha256(_ bytes: [UInt8]) -> [UInt8] { [UInt8](repeating: 7, count: 32) }

    func verificationKey(_ parameters: KeyParameters) -> (any SignatureVerifying)? { self }

    func verifies(_ algorithm: SignatureAlgorithm, signature: [UInt8], message: [UInt8]) -> Bool { true }
}

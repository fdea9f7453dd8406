public import Bytes
public import JSON

/// An ID token as it came (OpenID Connect Core §2). Its claims cannot be read: see `verified(keys:rules:…)`.
public struct UnverifiedIDToken: Sendable {
    let compact: Secret

    public init(_ compact: Secret) { self.compact = compact }

    /// Checks everything of Core §3.1.3.7 and returns the token whose claims may be believed, or throws the first
    /// fault. On `unknownKey`, load the key set again once and call again. `now` is in seconds since 1970.
    public func verified(
        keys: JWKS, rules: IDTokenRules, expectation: IDTokenExpectation, now: Int64, cryptography: some Cryptography
    ) throws(TokenFault) -> VerifiedIDToken {
        let token = try JWS(ByteString(compact.reveal()))
        guard token.isPlainToken else { throw .type }
        let check = IDTokenCheck(
            claims: try jsonObject(token.payload), rules: rules, expectation: expectation, now: now)
        try check.checkIdentity()
        try token.verify(keys: keys, algorithms: rules.algorithms)
        try check.checkOccasion(cryptography)
        return try VerifiedIDToken(check.claims, issuer: rules.issuer, compact: compact)
    }
}

/// An ID token that passed every check. There is no other way to make one.
public struct VerifiedIDToken: Sendable {
    public let issuer: ByteString
    /// Unique within the issuer: a user is the pair of both.
    public let subject: ByteString
    /// Seconds since 1970.
    public let expiry: Int64
    public let issuedAt: Int64
    public let authenticationTime: Int64?
    public let authenticationContext: ByteString?
    public let authenticationMethods: [ByteString]
    /// The provider's name for its own session, which logout tokens use.
    public let sessionIdentifier: ByteString?
    public let nonce: ByteString?
    /// All claims as they came.
    public let claims: JSONObject
    /// The token itself, for an `id_token_hint`.
    public let compact: Secret

    fileprivate init(_ claims: JSONObject, issuer: ByteString, compact: Secret) throws(TokenFault) {
        guard let subject = claims["sub"]?.string, let expiry = NumericDate.seconds(claims["exp"]),
            let issuedAt = NumericDate.seconds(claims["iat"])
        else { throw .malformed }
        self.issuer = issuer
        self.subject = subject
        self.expiry = expiry
        self.issuedAt = issuedAt
        authenticationTime = NumericDate.seconds(claims["auth_time"])
        authenticationContext = claims["acr"]?.string
        authenticationMethods = claims["amr"]?.array?.compactMap(\.string) ?? []
        sessionIdentifier = claims["sid"]?.string
        nonce = claims["nonce"]?.string
        self.claims = claims
        self.compact = compact
    }
}

/// Why an ID token is refused.
public enum TokenFault: String, Error, Sendable, CaseIterable {
    /// Not three parts of canonical base64url, or not the JSON it must be.
    case malformed
    case criticalExtension
    /// None, an HMAC, an unknown algorithm, or one that is not allowed for this provider.
    case algorithm
    /// No key of the set fits. The set may be outdated: load it again, at most once a minute, and try once more.
    case unknownKey
    case signature
    /// Another kind of token: a logout token, an access token.
    case type
    case issuer
    case audience
    case authorizedParty
    case subject
    case nonce
    case expired
    case issuedAt
    case notBefore
    case accessTokenHash
    case authenticationTime
    case authenticationContext

    /// Whether an ID token that came with refreshed tokens shows that those are not this user's, so that the session
    /// must end (OpenID Connect Core §12.2). Other faults, such as a clock gone wrong or a key set out of reach, make
    /// the ID token worthless, not the session.
    public var concernsIdentity: Bool {
        switch self {
        case .malformed, .criticalExtension, .algorithm, .signature, .type, .issuer, .audience, .authorizedParty,
            .subject, .nonce:
            true
        case .unknownKey, .expired, .issuedAt, .notBefore, .accessTokenHash, .authenticationTime,
            .authenticationContext:
            false
        }
    }
}

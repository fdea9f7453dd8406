internal import Bytes
internal import JSON

/// What came back from a token endpoint.
public enum TokenAnswer: Sendable {
    case tokens(TokenResponse)
    /// The provider said no, in the form of RFC 6749 §5.2.
    case refused(TokenError)
    /// The provider cannot answer now: 429, 5xx, or nothing was sent to it. The wait it asks for, if any.
    case unavailable(retryAfter: Duration?)
    /// An answer that is none: another status, no JSON, or members that are not as they must be.
    case malformed
    /// The request may have been carried out, and its answer never came.
    case lost

    /// Reads an answer that came whole; `retryAfter` is the value of that field in seconds, if there was one.
    public init(status: UInt16, body: [UInt8], retryAfter: UInt64? = nil) {
        if status == 429 || status >= 500 {
            // No wait is longer than an hour: a wrong number must not lock anyone out.
            self = .unavailable(retryAfter: retryAfter.map { .seconds(Int64(min($0, 3600))) })
            return
        }
        let limits = JSONLimits(bytes: TokenResponse.maximumSize, members: 4096)
        guard case .object(let object)? = try? JSON.parse(body, limits: limits) else {
            self = .malformed
            return
        }
        switch status {
        case 200: self = TokenResponse(object).map(Self.tokens) ?? .malformed
        case 400..<500: self = (object["error"]?.string).map { .refused(TokenError(name: $0)) } ?? .malformed
        default: self = .malformed
        }
    }
}

/// An error of the token endpoint (RFC 6749 §5.2, RFC 8707 §2). The provider's own text is not kept.
public enum TokenError: String, Hashable, Sendable, CaseIterable {
    /// The code or refresh token is invalid, expired or revoked.
    case invalidGrant = "invalid_grant"
    case invalidRequest = "invalid_request"
    case invalidClient = "invalid_client"
    case unauthorizedClient = "unauthorized_client"
    case unsupportedGrantType = "unsupported_grant_type"
    case invalidScope = "invalid_scope"
    case invalidTarget = "invalid_target"
    case temporarilyUnavailable = "temporarily_unavailable"
    /// Any that is not listed.
    case other

    init(name: ByteString) {
        self = Self.allCases.first { ByteString($0.rawValue) == name } ?? .other
    }
}

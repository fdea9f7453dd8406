public import Bytes
internal import HTTP

/// Token revocation (RFC 7009).
public enum RevocationRequest {
    public enum Kind: Sendable {
        case accessToken
        case refreshToken
    }

    public static func revoke(_ token: Secret, _ kind: Kind, client: Client) -> FormRequest {
        var parameters = Form()
        parameters.append("token", token)
        parameters.append("token_type_hint", kind == .refreshToken ? "refresh_token" : "access_token")
        return client.authenticate(parameters)
    }
}

/// What an answer to a revocation means for the queue it came from.
public enum RevocationAnswer: Hashable, Sendable {
    /// Revoked, or unknown to the provider, which is the same (RFC 7009 §2.2).
    case done
    /// Try again later: the provider cannot answer now.
    case retry(after: Duration?)
    /// The provider will not do it, now or later.
    case refused

    /// Reads an answer; `retryAfter` is the value of that field in seconds, if there was one.
    public init(status: UInt16, retryAfter: UInt64? = nil) {
        switch status {
        case 200..<300: self = .done
        case 429, 500...: self = .retry(after: retryAfter.map { .seconds(Int64(min($0, 3600))) })
        default: self = .refused
        }
    }
}

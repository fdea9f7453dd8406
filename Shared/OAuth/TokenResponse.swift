public import Bytes
internal import JSON

/// A successful answer of the token endpoint (RFC 6749 §5.1).
public struct TokenResponse: Sendable {
    /// Fit for an Authorization field.
    public let accessToken: Secret
    /// Seconds, when the provider says.
    public let lifetime: Int64?
    public let refreshToken: Secret?
    public let idToken: UnverifiedIDToken?
    /// What was granted; nil when that is what was asked for.
    public let scopes: [ByteString]?

    /// The most octets of an answer, and of one token in it.
    public static let maximumSize = 256 * 1024
    public static let maximumTokenSize = 32 * 1024

    /// Nil unless every member that counts is as it must be. An optional member that is null is absent.
    init?(_ object: JSONObject) {
        func text(_ name: ByteString) -> ByteString?? {
            guard let value = object[name], !value.isNull else { return .some(nil) }
            return value.string.map { .some($0) } ?? .none
        }
        guard let type = object["token_type"]?.string, let accessToken = object["access_token"]?.string,
            ASCII.equalsIgnoringCase(type.bytes, Array("Bearer".utf8)), Self.isToken(accessToken),
            let refreshToken = text("refresh_token"), refreshToken.map(Self.isToken) ?? true,
            let idToken = text("id_token"), let scope = text("scope"), scope.map(Self.isScope) ?? true
        else { return nil }
        guard let lifetime = Self.lifetime(object["expires_in"]) else { return nil }
        self.accessToken = Secret(accessToken)
        self.lifetime = lifetime
        self.refreshToken = refreshToken.map { Secret($0) }
        self.idToken = idToken.map { UnverifiedIDToken(Secret($0)) }
        scopes = scope.map(words)
    }

    /// Visible ASCII (RFC 6749 appendix A.12) without the blank, which no header could carry unambiguously.
    private static func isToken(_ token: ByteString) -> Bool {
        (1...maximumTokenSize).contains(token.count) && token.bytes.allSatisfy { 0x21...0x7E ~= $0 }
    }

    /// Visible ASCII and blanks (RFC 6749 §3.3; quote and backslash are let through). It is stored as text.
    private static func isScope(_ scope: ByteString) -> Bool {
        scope.count <= maximumTokenSize && scope.bytes.allSatisfy { 0x20...0x7E ~= $0 }
    }

    /// Absent, or seconds up to ten years; the outer nil is a fault.
    private static func lifetime(_ value: JSONValue?) -> Int64?? {
        guard let value, !value.isNull else { return .some(nil) }
        guard let seconds = value.number?.double, seconds >= 0, seconds <= 315_360_000 else { return .none }
        return .some(Int64(seconds))
    }
}

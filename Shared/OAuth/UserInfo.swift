public import Bytes
internal import HTTP
public import JSON

/// An answer of the UserInfo endpoint (OpenID Connect Core §5.3.2).
public struct UserInfo: Sendable {
    public let claims: JSONObject

    /// The most octets of an answer.
    public static let maximumSize = 256 * 1024

    /// Nil, so that the whole answer is dropped, unless it says that it is JSON, and is an object about the user of the
    /// ID token.
    public init?(status: UInt16, contentType: ByteString?, body: [UInt8], subject: ByteString) {
        guard status == 200, contentType.flatMap(MediaType.init)?.name == "application/json",
            case .object(let claims)? = try? JSON.parse(body, limits: JSONLimits(bytes: Self.maximumSize)),
            claims["sub"]?.string == subject
        else { return nil }
        self.claims = claims
    }
}

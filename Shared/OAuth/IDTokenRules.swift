public import Bytes

/// What every ID token of one provider is held to.
public struct IDTokenRules: Sendable {
    public let issuer: ByteString
    public let clientID: ByteString
    public let algorithms: Set<SignatureAlgorithm>
    /// Audiences that may stand beside the client; usually none.
    public let trustedAudiences: Set<ByteString>
    /// Seconds that the provider's clock may be off, at most 60.
    public let clockSkew: Int64
    /// Seconds after which a token is too old to be the answer to a request.
    public let window: Int64

    public init(
        issuer: ByteString, clientID: ByteString, algorithms: Set<SignatureAlgorithm> = [.rs256],
        trustedAudiences: Set<ByteString> = [], clockSkew: Int64 = 60, window: Int64 = 600
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.algorithms = algorithms
        self.trustedAudiences = trustedAudiences
        self.clockSkew = min(max(clockSkew, 0), 60)
        self.window = max(window, 0)
    }
}

/// What one ID token is held to besides: the request it answers.
public struct IDTokenExpectation: Sendable {
    enum Nonce: Sendable {
        case required(ByteString)
        /// Absent, or the one of the login; nil when that is no longer known, so that any is refused.
        case unchanged(ByteString?)
    }

    var nonce: Nonce
    var subject: ByteString?
    var accessToken: Secret?
    var maximumAge: Int64?
    var acrValues: [ByteString] = []

    /// The answer to a login: the access token is the one that came with it, for `at_hash`. When `max_age` was sent,
    /// the user must have signed in actively within so many seconds; when the login was to reach a certain
    /// authentication context, it must be one of `acrValues`; a session is stepped up by the user `subject` only.
    public static func login(
        nonce: ByteString, accessToken: Secret?, maximumAge: Int64? = nil, acrValues: [ByteString] = [],
        subject: ByteString? = nil
    ) -> IDTokenExpectation {
        IDTokenExpectation(
            nonce: .required(nonce), subject: subject, accessToken: accessToken, maximumAge: maximumAge,
            acrValues: acrValues)
    }

    /// What came with refreshed tokens: the same user, and the login's nonce if any (OpenID Connect Core §12.2).
    public static func refresh(
        subject: ByteString, nonce: ByteString?, accessToken: Secret?
    ) -> IDTokenExpectation {
        IDTokenExpectation(nonce: .unchanged(nonce), subject: subject, accessToken: accessToken)
    }
}

public import Bytes
internal import HTTP

/// Logout at the provider, started here (OpenID Connect RP-Initiated Logout 1.0 §2).
public struct EndSessionRequest: Sendable {
    public var clientID: ByteString
    /// Registered at the provider and from configuration.
    public var postLogoutRedirectURI: ByteString?
    /// Random; the provider gives it back.
    public var state: ByteString?
    /// The ID token, only where the operator lets it pass through the browser.
    public var idTokenHint: Secret?
    public var logoutHint: ByteString?

    public init(
        clientID: ByteString, postLogoutRedirectURI: ByteString? = nil, state: ByteString? = nil,
        idTokenHint: Secret? = nil, logoutHint: ByteString? = nil
    ) {
        self.clientID = clientID
        self.postLogoutRedirectURI = postLogoutRedirectURI
        self.state = state
        self.idTokenHint = idTokenHint
        self.logoutHint = logoutHint
    }

    /// Where to send the browser.
    public func url(at endpoint: Endpoint) -> ByteString {
        var parameters = Form()
        parameters.append("client_id", clientID)
        if let idTokenHint { parameters.append("id_token_hint", idTokenHint) }
        parameters.append("logout_hint", logoutHint)
        parameters.append("post_logout_redirect_uri", postLogoutRedirectURI)
        // A state without a place to return to has no meaning.
        if postLogoutRedirectURI != nil { parameters.append("state", state) }
        return endpoint.appending(parameters)
    }
}

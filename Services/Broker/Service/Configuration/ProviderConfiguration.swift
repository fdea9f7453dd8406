internal import Bytes
internal import OAuth

/// What a provider does with the grant when a token is revoked there.
enum RevocationMode: String, Sendable, CaseIterable {
    /// Revokes that token's grant only.
    case token
    /// Revokes all the user's grants to this client, on every device.
    case wholeConsent = "whole_consent"
    /// Has no revocation, or must not be asked.
    case none
}

/// One OpenID provider, as the operator described it.
struct ProviderConfiguration: Sendable {
    var name: ByteString
    var issuer: ByteString
    var client: Client
    var scopes: [ByteString]
    /// The registered redirect URIs by name; `default` unless a login picks another.
    var redirectURIs: [ByteString: ByteString]
    var postLogoutRedirectURI: ByteString?
    var rules: IDTokenRules
    /// Parameters of the provider's own for the authorization request.
    var authorizationParameters: [(name: ByteString, value: ByteString)] = []
    /// Whether claims are also fetched from the UserInfo endpoint at login.
    var fetchesUserInfo = false
    var revocation = RevocationMode.token
    /// Whether a refresh whose answer was lost is tried once more with the same refresh token.
    var retriesLostAnswer = true
    /// The longest that one request to the provider may take.
    var timeout: Duration = .seconds(10)

    static let defaultRedirect: ByteString = "default"

    /// Plain http is accepted only from a provider that is itself configured on this machine.
    var allowsLoopbackHTTP: Bool { issuer.hasPrefix("http://") }
}

public import Bytes
internal import HTTP

/// Requests to the token endpoint.
public enum TokenRequest {
    /// Exchanges a code (RFC 6749 §4.1.3). `redirectURI` is the one of the authorization request.
    public static func authorizationCode(
        _ code: Secret, verifier: Secret, redirectURI: ByteString, resources: [ByteString] = [], client: Client
    ) -> FormRequest {
        var parameters = Form()
        parameters.append("grant_type", "authorization_code")
        parameters.append("code", code)
        parameters.append("redirect_uri", redirectURI)
        parameters.append("code_verifier", verifier)
        for resource in resources { parameters.append("resource", resource) }
        return client.authenticate(parameters)
    }

    /// Refreshes (RFC 6749 §6). `scopes` and `resource` narrow the new access token; none means what was granted.
    public static func refresh(
        _ refreshToken: Secret, scopes: [ByteString] = [], resource: ByteString? = nil, client: Client
    ) -> FormRequest {
        var parameters = Form()
        parameters.append("grant_type", "refresh_token")
        parameters.append("refresh_token", refreshToken)
        if !scopes.isEmpty { parameters.append("scope", joined(scopes)) }
        parameters.append("resource", resource)
        return client.authenticate(parameters)
    }
}

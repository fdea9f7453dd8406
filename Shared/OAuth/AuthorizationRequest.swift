public import Bytes
internal import HTTP

/// An authorization request of the code flow (RFC 6749 §4.1.1) with PKCE, state and nonce.
public struct AuthorizationRequest: Sendable {
    public var clientID: ByteString
    public var redirectURI: ByteString
    public var scopes: [ByteString]
    public var state: ByteString
    public var nonce: ByteString
    public var codeChallenge: ByteString
    /// The APIs the tokens are meant for (RFC 8707).
    public var resources: [ByteString]
    /// Parameters of the provider's own, from configuration: `access_type=offline`. Never from a caller.
    public var additional: [(name: ByteString, value: ByteString)]
    public var caller: CallerParameters

    public init(
        clientID: ByteString, redirectURI: ByteString, scopes: [ByteString], state: ByteString, nonce: ByteString,
        codeChallenge: ByteString, resources: [ByteString] = [],
        additional: [(name: ByteString, value: ByteString)] = [], caller: CallerParameters = CallerParameters()
    ) {
        self.clientID = clientID
        self.redirectURI = redirectURI
        self.scopes = scopes
        self.state = state
        self.nonce = nonce
        self.codeChallenge = codeChallenge
        self.resources = resources
        self.additional = additional
        self.caller = caller
    }

    /// The scopes as one value.
    public var scope: ByteString { joined(scopes) }

    /// Where to send the browser. Nil when the endpoint's query or `additional` holds a parameter of ours, because
    /// then a parameter would be there twice and the provider could choose; only `resource` may repeat (RFC 8707 §2).
    public func url(at endpoint: Endpoint) -> ByteString? {
        guard let present = Form.unique(parsing: endpoint.query ?? "") else { return nil }
        let parameters = parameters
        let names = (present.pairs + parameters.pairs).map(\.name).filter { $0 != "resource" }
        guard Set(names).count == names.count, present["resource"] == nil else { return nil }
        return endpoint.appending(parameters)
    }

    private var parameters: Form {
        var parameters = Form()
        parameters.append("response_type", "code")
        parameters.append("client_id", clientID)
        parameters.append("redirect_uri", redirectURI)
        parameters.append("scope", scope)
        parameters.append("state", state)
        parameters.append("nonce", nonce)
        parameters.append("code_challenge", codeChallenge)
        parameters.append("code_challenge_method", PKCE.method)
        for resource in resources { parameters.append("resource", resource) }
        caller.append(to: &parameters)
        for (name, value) in additional { parameters.append(name, value) }
        return parameters
    }
}

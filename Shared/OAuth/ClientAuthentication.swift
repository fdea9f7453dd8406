public import Bytes
internal import HTTP

/// How this client proves itself to a provider (RFC 6749 §2.3): exactly one way per request.
public enum ClientAuthentication: Sendable {
    /// `client_secret_basic`: in the Authorization field.
    case basic(Secret)
    /// `client_secret_post`: in the body.
    case post(Secret)
    /// A public client: its name only, PKCE does the rest.
    case none
}

/// This client, as one provider knows it.
public struct Client: Sendable {
    public let id: ByteString
    public let authentication: ClientAuthentication

    public init(id: ByteString, authentication: ClientAuthentication) {
        self.id = id
        self.authentication = authentication
    }

    /// The request with this client's credentials.
    func authenticate(_ parameters: Form) -> FormRequest {
        var parameters = parameters
        var authorization: Secret?
        switch authentication {
        case .basic(let secret):
            authorization = basic(secret)
        case .post(let secret):
            parameters.append("client_id", id)
            parameters.append("client_secret", secret)
        case .none:
            parameters.append("client_id", id)
        }
        return FormRequest(body: Secret(parameters.encoded), authorization: authorization)
    }

    /// Name and secret are form-encoded before they are joined (RFC 6749 §2.3.1), so that a colon in one does no harm.
    private func basic(_ secret: Secret) -> Secret {
        let pair = Percent.encodeForm(id.bytes).bytes + [UInt8(ascii: ":")] + Percent.encodeForm(secret.reveal()).bytes
        return Secret(Array("Basic ".utf8) + Base64.encodeStandard(pair).bytes)
    }
}

/// A POST to a provider's endpoint, all but the endpoint.
public struct FormRequest: Sendable {
    /// The value of Content-Type.
    public static let contentType: ByteString = "application/x-www-form-urlencoded"
    /// The value of Accept.
    public static let accept: ByteString = "application/json"

    public let body: Secret
    /// The value of Authorization, if there is to be one.
    public let authorization: Secret?
}

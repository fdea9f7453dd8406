public import Bytes
internal import HTTP

/// What the browser brings back from the provider (RFC 6749 §4.1.2), well-formed but not yet trusted.
public struct CallbackParameters: Sendable {
    public enum Answer: Sendable {
        case code(Secret)
        case error(AuthorizationError)
    }

    /// The length of a state: 32 octets in base64url.
    public static let stateLength = 43

    public let state: ByteString
    /// The `iss` of RFC 9207.
    public let issuer: ByteString?
    public let answer: Answer

    /// Parses a query, or the form of a `form_post` answer.
    public init(parsing query: ByteString) throws(CallbackRefusal) {
        guard query.count <= 8192 else { throw .tooLong }
        guard let parameters = Form.unique(parsing: query) else { throw .malformed }
        // No response mode that we use puts these here; a page or a mix-up did.
        for name: ByteString in ["access_token", "id_token", "refresh_token", "token_type", "response"] {
            guard parameters[name] == nil else { throw .foreignParameter }
        }
        try self.init(
            state: parameters["state"], code: parameters["code"].map(Secret.init), issuer: parameters["iss"],
            error: parameters["error"])
    }

    /// Takes parameters that were separated already, with the same rules.
    public init(
        state: ByteString?, code: Secret?, issuer: ByteString?, error: ByteString?
    ) throws(CallbackRefusal) {
        guard let state, state.count == Self.stateLength, Base64.decodeURL(state) != nil else { throw .state }
        guard (issuer?.count ?? 0) <= 2048 else { throw .tooLong }
        self.state = state
        self.issuer = issuer
        answer = try Self.answer(code, error)
    }

    private static func answer(_ code: Secret?, _ error: ByteString?) throws(CallbackRefusal) -> Answer {
        switch (code, error) {
        case (let code?, nil):
            guard (1...4096).contains(code.count), code.reveal().allSatisfy({ 0x20...0x7E ~= $0 }) else { throw .code }
            return .code(code)
        case (nil, let error?):
            guard (1...128).contains(error.count), error.bytes.allSatisfy({ 0x20...0x7E ~= $0 }) else { throw .error }
            return .error(AuthorizationError(name: error))
        case (nil, nil), (.some, .some):
            throw .malformed
        }
    }

    /// Whether the answer may come from the provider the transaction was started with (RFC 9207 §2.4): an `iss` must
    /// be that issuer octet by octet, and be there, for error answers too, when the provider's metadata promises it.
    public func comes(from issuer: ByteString, promised: Bool) -> Bool {
        guard let given = self.issuer else { return !promised }
        return given == issuer
    }
}

/// Why the parameters of a callback are refused. Says nothing of their content.
public enum CallbackRefusal: String, Error, Sendable {
    case tooLong
    /// A broken escape, a parameter twice, code and error together, or neither.
    case malformed
    /// Tokens or a response object in the query.
    case foreignParameter
    case state
    case code
    case error
}

/// The error of an authorization answer (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). The provider's own text is
/// not kept.
public enum AuthorizationError: String, Hashable, Sendable, CaseIterable {
    case accessDenied = "access_denied"
    case invalidRequest = "invalid_request"
    case unauthorizedClient = "unauthorized_client"
    case unsupportedResponseType = "unsupported_response_type"
    case invalidScope = "invalid_scope"
    case invalidTarget = "invalid_target"
    case serverError = "server_error"
    case temporarilyUnavailable = "temporarily_unavailable"
    case loginRequired = "login_required"
    case interactionRequired = "interaction_required"
    case consentRequired = "consent_required"
    case accountSelectionRequired = "account_selection_required"
    /// Any that is not listed.
    case other

    init(name: ByteString) {
        self = Self.allCases.first { ByteString($0.rawValue) == name } ?? .other
    }
}

internal import Bytes
internal import OAuth
internal import Operations

extension ProviderConfiguration {
    /// One of `providers`.
    init(_ reader: ConfigurationReader) {
        name = reader.string("name")
        issuer = reader.string("issuer")
        client = Client(id: reader.string("client_id"), authentication: reader.clientAuthentication())
        scopes = reader.values("scopes", .string, default: ["openid"])
        redirectURIs = Dictionary(
            reader.table("redirect_uris", .string).map { (ByteString($0.name), $0.value) }, uniquingKeysWith: { $1 })
        postLogoutRedirectURI = reader.optional("post_logout_redirect_uri", .string)
        let algorithms = reader.values("id_token_algorithms", .algorithm, default: [.rs256], atLeast: 1)
        let skew = reader.duration("clock_skew", default: .seconds(60), in: .zero ... .seconds(60))
        rules = IDTokenRules(
            issuer: issuer, clientID: client.id, algorithms: Set(algorithms), clockSkew: skew.components.seconds)
        authorizationParameters = reader.table("authorization_parameters", .string).map {
            (ByteString($0.name), $0.value)
        }
        fetchesUserInfo = reader.boolean("userinfo", default: false)
        revocation = reader.choice("revocation", default: .token)
        retriesLostAnswer = reader.boolean("retry_lost_answer", default: true)
        timeout = reader.duration("timeout", default: .seconds(10), in: .milliseconds(100) ... .seconds(60))
        check(reader)
    }

    private func check(_ reader: ConfigurationReader) {
        if ProviderMetadata.location(issuer: issuer, allowsLoopbackHTTP: true) == nil, !issuer.isEmpty {
            reader.problem(
                "issuer", "must be an https URL (plain http on a loopback address only)",
                hint: "write it exactly as the provider's discovery document does")
        }
        if !scopes.contains("openid") {
            reader.problem("scopes", "must contain openid", hint: "without it there is no ID token to sign in with")
        }
        if redirectURIs[Self.defaultRedirect] == nil {
            reader.problem(
                "redirect_uris", "needs \"default\"", hint: "the frontend's origin followed by /bff/callback")
        }
        for (name, uri) in redirectURIs where Endpoint(uri, allowsLoopbackHTTP: true) == nil {
            reader.problem(
                "redirect_uris", "\(name) must be an https URL (plain http on a loopback address only)",
                hint: "write it exactly as it is registered at the provider")
        }
    }
}

extension ConfigurationReader {
    fileprivate func clientAuthentication() -> ClientAuthentication {
        switch choice("client_authentication", default: ClientAuthenticationMethod.basic) {
        case .basic: .basic(secret("client_secret"))
        case .post: .post(secret("client_secret"))
        case .none: .none
        }
    }
}

/// The names of OpenID Connect Core §9.
private enum ClientAuthenticationMethod: String, CaseIterable {
    case basic = "client_secret_basic"
    case post = "client_secret_post"
    case none
}

extension ConfigurationScalar<SignatureAlgorithm> {
    fileprivate static var algorithm: Self {
        let names = SignatureAlgorithm.allCases.map(\.name.text).joined(separator: ", ")
        return Self(
            expected: "one of \(names)", hint: "choose what the provider signs with", placeholder: .rs256,
            SignatureAlgorithm.init(name:))
    }
}

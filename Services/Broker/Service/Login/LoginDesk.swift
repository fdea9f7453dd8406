internal import Bytes
internal import Crypto
internal import Messages
internal import OAuth
internal import Operations
internal import Postgres

/// Logins: from the authorization request to the session.
struct LoginDesk: Sendable {
    let providers: Providers
    let targets: Targets
    let transactions: TransactionStore
    let sessions: SessionStore
    let ends: EndHub
    let sealer: Sealer
    let limits: SessionLimits
    /// The claims that a frontend may see.
    let visibleClaims: [ByteString]
    let log: Log

    /// How long a login may take.
    static let transactionLife: Duration = .seconds(600)

    /// Most logins under way at once in all; beyond it new ones are refused until some have ended.
    var transactionLimit: Int64 = 100_000

    /// Stores a one-time transaction and says where to send the browser.
    func begin(_ call: LoginBegin) async throws(CallError) -> LoginBegun {
        let provider = try providers.named(call.provider)
        let configuration = provider.configuration
        guard let redirectURI = configuration.redirectURIs[call.redirect ?? ProviderConfiguration.defaultRedirect]
        else { throw CallError(.invalidRequest, "no redirect URI of this name") }
        guard let caller = CallerParameters(call) else {
            throw CallError(.invalidRequest, "a parameter of the authorization request is not of its form")
        }
        let metadata = try await provider.metadataOrRefusal()
        try await checkRoom()
        let drawn = DrawnLogin()
        let request = AuthorizationRequest(
            clientID: configuration.client.id, redirectURI: redirectURI, scopes: configuration.scopes,
            state: drawn.state, nonce: drawn.nonce, codeChallenge: drawn.pkce.challenge,
            additional: configuration.authorizationParameters, caller: caller)
        guard let url = request.url(at: metadata.authorizationEndpoint) else {
            throw CallError(.unavailable, "a parameter of the authorization request is there twice")
        }
        try await store(call, drawn, configuration, redirectURI, caller)
        return LoginBegun(
            authorizationURL: url, clientID: configuration.client.id, scope: request.scope, state: drawn.state,
            nonce: drawn.nonce, codeChallenge: drawn.pkce.challenge, redirectURI: redirectURI,
            provider: configuration.name)
    }

    /// Anyone may begin logins: what they leave behind is bounded.
    private func checkRoom() async throws(CallError) {
        let limit = transactionLimit
        let count = try await stored { () async throws(PostgresError) in try await transactions.count(upTo: limit) }
        guard count < limit else {
            log.warning("too_many_logins")
            throw CallError(.unavailable, "too many logins under way", retryAfterMilliseconds: 60_000)
        }
    }

    private func store(
        _ call: LoginBegin, _ drawn: DrawnLogin, _ provider: ProviderConfiguration, _ redirectURI: ByteString,
        _ caller: CallerParameters
    ) async throws(CallError) {
        let secrets = LoginSecrets(nonce: drawn.nonce, verifier: drawn.pkce.verifier, maximumAge: caller.maximumAge)
        let context = SealContext.loginSecrets(
            state: drawn.state, browser: call.browser.bytes, issuer: provider.issuer, client: provider.client.id)
        let transaction = LoginTransaction(
            frontend: call.frontend, provider: provider.name, issuer: provider.issuer, clientID: provider.client.id,
            intent: .login,
            redirectURI: redirectURI, returnTo: call.returnTo, secrets: sealer.sealed(secrets.encoded(), context))
        try await stored { () async throws(PostgresError) in
            try await transactions.begin(
                state: drawn.state, browser: call.browser, session: call.session, transaction,
                lifetime: Self.transactionLife)
        }
    }
}

/// What is drawn for one login: independent random values without meaning.
struct DrawnLogin {
    let state = Base64.encodeURL(Random.bytes(32))
    let nonce = Base64.encodeURL(Random.bytes(32))
    let pkce = PKCE(random: Random.secret(32), cryptography: LibcryptoCryptography())
}

extension CallerParameters {
    init?(_ call: LoginBegin) {
        self.init(
            prompt: call.prompt, loginHint: call.loginHint, maximumAge: call.maxAge, acrValues: call.acrValues,
            uiLocales: call.uiLocales)
    }
}

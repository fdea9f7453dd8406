internal import Bytes
internal import Messages
internal import OAuth
internal import Operations
internal import Postgres

extension LoginDesk {
    /// Consumes the transaction, exchanges the code, verifies the ID token and mints the session.
    func complete(_ call: LoginComplete) async throws(CallError) -> LoginCompleted {
        let parameters = try call.parameters()
        let consumed = try await stored { () async throws(PostgresError) in
            try await transactions.consume(
                state: call.state, browser: call.browser, frontend: call.frontend, provider: call.provider)
        }
        guard let consumed else { throw CallError(.transactionUnknown) }
        do throws(CallError) {
            return try await complete(call, parameters, consumed)
        } catch {
            log.warning("login_failed") { line in
                line.add("provider", consumed.transaction.provider)
                line.add("code", error.code.rawValue)
                line.add("reason", error.message)
            }
            // Wherever the login wanted to go, the edge can offer to try again.
            throw CallError(
                error.code, error.message, retryAfterMilliseconds: error.retryAfterMilliseconds,
                returnTo: consumed.transaction.returnTo)
        }
    }

    private func complete(
        _ call: LoginComplete, _ parameters: CallbackParameters, _ consumed: ConsumedTransaction
    ) async throws(CallError) -> LoginCompleted {
        let transaction = consumed.transaction
        let provider = try providers.named(transaction.provider)
        guard provider.configuration.issuer == transaction.issuer,
            provider.configuration.client.id == transaction.clientID
        else {
            throw CallError(.loginFailed, "the provider's configuration was changed meanwhile")
        }
        guard call.names(transaction) else { throw CallError(.loginFailed, "the callback is another provider's") }
        let metadata = try await provider.metadataOrRefusal()
        guard parameters.comes(from: transaction.issuer, promised: metadata.promisesIssuer) else {
            throw CallError(.loginFailed, "iss is missing or another issuer's")
        }
        let code: Secret
        switch parameters.answer {
        case .code(let value): code = value
        case .error(let error): throw CallError(.loginRefused, ByteString(error.rawValue))
        }
        let secrets = try secrets(of: consumed, call.state)
        let tokens = try await exchange(code, secrets.verifier, transaction.redirectURI, provider)
        let idToken = try await verify(tokens, secrets, provider)
        let userInfo = try await userInfo(tokens, idToken, provider)
        let claims = SessionClaims(
            idToken, userInfo: userInfo, nonce: secrets.nonce, allowed: visibleClaims + targets.claims)
        let login = VerifiedLogin(tokens: tokens, idToken: idToken, claims: claims)
        return try await mint(login, call, consumed, provider.configuration)
    }

    private func secrets(
        of consumed: ConsumedTransaction, _ state: ByteString
    ) throws(CallError) -> LoginSecrets {
        let context = SealContext.loginSecrets(
            state: state, browser: consumed.browser, issuer: consumed.transaction.issuer,
            client: consumed.transaction.clientID)
        let plain: Secret
        do { plain = try sealer.open(consumed.transaction.secrets.box, context) } catch {
            throw error.refusal(orElse: .transactionUnknown)
        }
        guard let secrets = LoginSecrets(encoded: plain) else { throw CallError(.transactionUnknown) }
        return secrets
    }

    private func exchange(
        _ code: Secret, _ verifier: Secret, _ redirectURI: ByteString, _ provider: Provider
    ) async throws(CallError) -> TokenResponse {
        let answer: TokenAnswer
        do throws(ProviderUnavailable) {
            answer = try await provider.exchange(code: code, verifier: verifier, redirectURI: redirectURI)
        } catch { throw error.refusal }
        switch answer {
        case .tokens(let tokens): return tokens
        case .refused(let error): throw CallError(.loginFailed, ByteString("token endpoint: \(error.rawValue)"))
        case .malformed: throw CallError(.loginFailed, "token endpoint: an answer that is none")
        case .unavailable, .lost:
            throw CallError(.providerUnavailable, "token endpoint", retryAfterMilliseconds: 2000)
        }
    }

    private func verify(
        _ tokens: TokenResponse, _ secrets: LoginSecrets, _ provider: Provider
    ) async throws(CallError) -> VerifiedIDToken {
        guard let idToken = tokens.idToken else { throw CallError(.loginFailed, "the answer has no ID token") }
        let expectation = IDTokenExpectation.login(
            nonce: secrets.nonce, accessToken: tokens.accessToken, maximumAge: secrets.maximumAge)
        let result: Result<VerifiedIDToken, TokenFault>
        do throws(ProviderUnavailable) { result = try await provider.verify(idToken, expectation) } catch {
            throw error.refusal
        }
        switch result {
        case .success(let token): return token
        case .failure(let fault): throw CallError(.loginFailed, ByteString("ID token: \(fault.rawValue)"))
        }
    }

    private func userInfo(
        _ tokens: TokenResponse, _ idToken: VerifiedIDToken, _ provider: Provider
    ) async throws(CallError) -> UserInfo? {
        guard provider.configuration.fetchesUserInfo else { return nil }
        do throws(ProviderUnavailable) {
            return try await provider.userInfo(tokens.accessToken, subject: idToken.subject)
        } catch { throw error.refusal }
    }
}

/// What a login brought, checked.
struct VerifiedLogin {
    let tokens: TokenResponse
    let idToken: VerifiedIDToken
    let claims: SessionClaims
}

extension LoginComplete {
    /// Whether the answer came to the callback of the transaction's own provider: where its redirect URI ends with the
    /// provider's name, so must the callback's path (RFC 9700 §4.4.2.2).
    fileprivate func names(_ transaction: LoginTransaction) -> Bool {
        provider != nil || !transaction.redirectURI.hasSuffix("/callback/" + transaction.provider)
    }

    /// The parameters of the callback, well-formed or refused.
    fileprivate func parameters() throws(CallError) -> CallbackParameters {
        do throws(CallbackRefusal) {
            return try CallbackParameters(state: state, code: code.map { Secret($0) }, issuer: iss, error: error)
        } catch { throw CallError(.invalidRequest, ByteString(error.rawValue)) }
    }
}

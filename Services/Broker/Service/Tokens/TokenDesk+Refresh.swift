internal import Bytes
internal import Messages
internal import OAuth
internal import Operations
internal import Platform
internal import Postgres

extension TokenDesk {
    /// Claims the grant, asks the provider, and stores what comes of it. Whoever waits reads the row again afterwards.
    func refresh(_ target: Target, _ grant: StoredGrant) async {
        let claim = ClaimID()
        // The first attempt, and the second one that a lost answer is worth.
        for _ in 0..<2 {
            guard await attempt(target, grant, claim) else { return }
        }
    }

    /// Returns whether to try once more at once.
    private func attempt(_ target: Target, _ grant: StoredGrant, _ claim: ClaimID) async -> Bool {
        // Counted from before the claim: it must end well after the call has been given up.
        let began = loop.now
        do throws(PostgresError) {
            guard
                let claimed = try await grants.claim(
                    grant.id, generation: grant.generation, claim: claim, for: machine.retry.claim)
            else { return false }
            let (answer, fault) = await ask(target, claimed, deadline: began + machine.retry.answer)
            let now = claimed.now + (loop.now - began)
            let consequence = machine.consequence(
                of: answer, identity: fault, attempts: Int(claimed.attempts), jitter: grant.id.jitter,
                now: now.sinceEpoch)
            return try await carryOut(consequence, answer, fault, target, claimed)
        } catch {
            log.warning("refresh_unstored") { $0.add("reason", "\(error)") }
            return false
        }
    }

    private func carryOut(
        _ consequence: RefreshConsequence, _ answer: TokenAnswer, _ fault: TokenFault?, _ target: Target,
        _ claimed: ClaimedGrant
    ) async throws(PostgresError) -> Bool {
        switch consequence {
        case .commit:
            if case .tokens(let tokens) = answer { try await commit(tokens, target, claimed) }
        case .endSession:
            try await revoke(answer, claimed)
            if let ended = try await grants.endSession(of: claimed, reason: answer.reason) { await ends.ended(ended) }
            note("session_ended_by_provider", target, answer.reason)
        case .failTarget(let until):
            try await grants.release(
                claimed, refused: target.name, until: Timestamp(sinceEpoch: until), error: answer.reason)
            note("target_refused", target, answer.reason)
        case .retryNow:
            if let provider = try? providers.named(claimed.provider), provider.configuration.retriesLostAnswer {
                return true
            }
            let pause = claimed.now + machine.retry.pause(after: Int(claimed.attempts), jitter: claimed.id.jitter)
            try await grants.release(claimed, retryAt: pause, error: answer.reason)
        case .keep(let until):
            try await grants.release(claimed, retryAt: Timestamp(sinceEpoch: until), error: answer.reason)
            note("refresh_failed", target, answer.reason)
        }
        return false
    }

    private func note(_ event: StaticString, _ target: Target, _ reason: ByteString) {
        log.warning(event) { line in
            line.add("provider", target.provider)
            line.add("target", target.name)
            line.add("reason", reason)
        }
    }

    // MARK: Asking

    private func ask(
        _ target: Target, _ claimed: ClaimedGrant, deadline: Instant
    ) async -> (TokenAnswer, TokenFault?) {
        guard let provider = try? providers.named(claimed.provider), let session = claimed.session else {
            return (.unavailable(retryAfter: nil), nil)
        }
        let refreshToken: Secret
        do throws(SealError) { refreshToken = try open(claimed, session) } catch {
            // A token that does not open is as good as none; one whose key is missing may open later.
            return (error == .broken ? .refused(.invalidGrant) : .unavailable(retryAfter: nil), nil)
        }
        do throws(ProviderUnavailable) {
            let answer = try await provider.refresh(
                refreshToken, scopes: target.scopes, resource: target.resource, deadline: deadline)
            return (answer, await identityFault(answer, claimed, provider))
        } catch {
            return (.unavailable(retryAfter: error.retryAfter), nil)
        }
    }

    private func open(_ claimed: ClaimedGrant, _ session: SessionTag) throws(SealError) -> Secret {
        try sealer.open(
            claimed.refreshToken.box,
            .refreshToken(
                of: claimed.id, session: session, issuer: claimed.issuer, client: claimed.clientID,
                generation: claimed.generation))
    }

    /// Whether an ID token that came with the answer is someone else's (OpenID Connect Core §12.2).
    private func identityFault(
        _ answer: TokenAnswer, _ claimed: ClaimedGrant, _ provider: Provider
    ) async -> TokenFault? {
        guard case .tokens(let tokens) = answer, let idToken = tokens.idToken,
            let session = claimed.session, let known = await knownUser(of: session, provider)
        else { return nil }
        let expectation = IDTokenExpectation.refresh(
            subject: known.subject, nonce: known.nonce, accessToken: tokens.accessToken)
        do throws(ProviderUnavailable) {
            guard case .failure(let fault) = try await provider.verify(idToken, expectation) else { return nil }
            return fault
        } catch {
            // Without keys nothing is known against the answer, and its refresh token must not get lost.
            return .unknownKey
        }
    }

    private func knownUser(of session: SessionTag, _ provider: Provider) async -> SessionClaims? {
        let name = provider.configuration.name
        guard let opened = try? await sessions.reopen(session, provider: name, target: .empty) else { return nil }
        return try? sealer.claims(of: opened.session, provider.configuration)
    }

    // MARK: Storing

    /// Makes the new refresh token durable; only then is the new access token used.
    private func commit(
        _ tokens: TokenResponse, _ target: Target, _ claimed: ClaimedGrant
    ) async throws(PostgresError) {
        guard let session = claimed.session, let refreshToken = renewed(tokens, claimed, session) else { return }
        let life = machine.expiry.token(lifetime: tokens.lifetime, requestedAt: claimed.now.sinceEpoch)
        let scope = tokens.scopes.map { ByteString.joined($0) } ?? target.assumedScope(claimed.scope)
        let context = SealContext.accessToken(
            of: claimed.id, target: target.name, session: session, issuer: claimed.issuer, client: claimed.clientID,
            generation: claimed.nextGeneration)
        let token = NewToken(
            target: target.name, token: sealer.sealed(tokens.accessToken.reveal(), context), scope: scope,
            obtained: Timestamp(sinceEpoch: life.obtainedAt), expires: Timestamp(sinceEpoch: life.expiresAt))
        try await keep(RefreshedTokens(refreshToken: refreshToken, token: token), claimed)
    }

    /// The provider may have taken back the old refresh token when it gave the new one: a database that is away for a
    /// moment must not cost the session. Storing the same answer twice changes nothing, the first time counts.
    private func keep(_ tokens: RefreshedTokens, _ claimed: ClaimedGrant) async throws(PostgresError) {
        let end = loop.now + Self.storingPatience
        while true {
            do throws(PostgresError) {
                // The grant's own scope stays that of the login: a narrowed token does not narrow the next one.
                _ = try await grants.commit(claimed, tokens, scope: claimed.scope)
                return
            } catch {
                guard loop.now < end else { throw error }
                log.warning("refresh_not_stored_yet") { $0.add("reason", "\(error)") }
                await loop.sleep(.milliseconds(250))
            }
        }
    }

    /// Queues the refresh token of an answer that is not used.
    private func revoke(_ answer: TokenAnswer, _ claimed: ClaimedGrant) async throws(PostgresError) {
        guard case .tokens(let tokens) = answer, tokens.refreshToken != nil, let session = claimed.session,
            let token = renewed(tokens, claimed, session)
        else { return }
        try await RevocationStore(database: grants.database).add(Revocation(refreshTokenOf: claimed, sealed: token))
    }

    /// The new refresh token, or the old one when the provider sent none (RFC 6749 §6), sealed for the next generation.
    private func renewed(_ tokens: TokenResponse, _ claimed: ClaimedGrant, _ session: SessionTag) -> Sealed? {
        let old = try? open(claimed, session)
        guard let token = tokens.refreshToken ?? old else { return nil }
        let context = SealContext.refreshToken(
            of: claimed.id, session: session, issuer: claimed.issuer, client: claimed.clientID,
            generation: claimed.nextGeneration)
        return sealer.sealed(token.reveal(), context)
    }
}

extension Target {
    /// The scope of an answer that does not say: what was asked for (RFC 6749 §6).
    fileprivate func assumedScope(_ granted: ByteString) -> ByteString {
        scopes.isEmpty ? granted : ByteString.joined(scopes)
    }
}

extension TokenAnswer {
    /// For the row and the log.
    fileprivate var reason: ByteString {
        switch self {
        case .tokens: "the ID token is another user's"
        case .refused(let error): ByteString(error.rawValue)
        case .unavailable: "unavailable"
        case .malformed: "malformed"
        case .lost: "lost"
        }
    }
}

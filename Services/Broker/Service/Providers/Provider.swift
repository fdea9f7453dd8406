internal import Bytes
internal import OAuth
internal import Operations
internal import Platform

/// A provider cannot be asked now: nothing of it is known yet, and it does not answer.
struct ProviderUnavailable: Error {
    let retryAfter: Duration
}

/// One provider at run time: its metadata and keys, fetched when needed and kept, and the requests to it.
///
/// Metadata and keys are served while they are fetched anew in the background, and go on being served while the
/// provider is down.
actor Provider {
    nonisolated let configuration: ProviderConfiguration
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let transport: any ProviderTransport
    private let log: Log
    private var metadata: Published<ProviderMetadata>
    private var keys: Published<JWKS>

    /// A document of the provider's, and when to ask for it again.
    private struct Published<Document: Sendable> {
        var document: Document?
        var policy: RefetchPolicy
        var fetch: Task<Void, Never>?
    }

    init(_ configuration: ProviderConfiguration, loop: Loop, transport: any ProviderTransport, log: Log) {
        self.configuration = configuration
        self.loop = loop
        self.transport = transport
        self.log = log
        metadata = Published(policy: RefetchPolicy(life: .seconds(3600)))
        keys = Published(policy: RefetchPolicy(life: .seconds(3600)))
    }

    // MARK: Requests

    /// Exchanges a code. Asked once, whatever the answer.
    func exchange(code: Secret, verifier: Secret, redirectURI: ByteString) async throws(ProviderUnavailable)
        -> TokenAnswer
    {
        let request = TokenRequest.authorizationCode(
            code, verifier: verifier, redirectURI: redirectURI, client: configuration.client)
        return try await token(request, deadline: loop.now + configuration.timeout)
    }

    /// Refreshes. Asked once; whether to ask again is for the owner of the grant's claim to decide.
    func refresh(
        _ refreshToken: Secret, scopes: [ByteString], resource: ByteString?, deadline: Instant
    ) async throws(ProviderUnavailable) -> TokenAnswer {
        let request = TokenRequest.refresh(
            refreshToken, scopes: scopes, resource: resource, client: configuration.client)
        return try await token(request, deadline: min(deadline, loop.now + configuration.timeout))
    }

    private func token(_ form: FormRequest, deadline: Instant) async throws(ProviderUnavailable) -> TokenAnswer {
        let endpoint = try await knownMetadata().tokenEndpoint
        let request = ProviderRequest(endpoint: endpoint, form: form, limit: TokenResponse.maximumSize)
        switch await transport.send(request, deadline: deadline) {
        case .answered(let status, _, let retryAfter, let body):
            return TokenAnswer(status: status, body: body.reveal(), retryAfter: retryAfter)
        case .notSent(let reason):
            warn("token_request_not_sent", reason)
            return .unavailable(retryAfter: nil)
        case .lost(let reason):
            warn("token_answer_lost", reason)
            return .lost
        }
    }

    /// Revokes a token; `.refused` also when the provider has no place for it.
    func revoke(_ token: Secret, _ kind: RevocationRequest.Kind) async throws(ProviderUnavailable) -> RevocationAnswer {
        guard let endpoint = try await knownMetadata().revocationEndpoint else { return .refused }
        let form = RevocationRequest.revoke(token, kind, client: configuration.client)
        let request = ProviderRequest(endpoint: endpoint, form: form, limit: 64 * 1024)
        switch await transport.send(request, deadline: loop.now + configuration.timeout) {
        case .answered(let status, _, let retryAfter, _):
            return RevocationAnswer(status: status, retryAfter: retryAfter)
        case .notSent, .lost: return .retry(after: nil)
        }
    }

    /// The UserInfo claims; nil when the answer is not to be used.
    func userInfo(_ accessToken: Secret, subject: ByteString) async throws(ProviderUnavailable) -> UserInfo? {
        guard let endpoint = try await knownMetadata().userInfoEndpoint else { return nil }
        let request = ProviderRequest(endpoint: endpoint, bearer: accessToken, limit: UserInfo.maximumSize)
        guard
            case .answered(let status, let type, _, let body) = await transport.send(
                request, deadline: loop.now + configuration.timeout)
        else { return nil }
        return UserInfo(status: status, contentType: type, body: body.reveal(), subject: subject)
    }

    // MARK: ID tokens

    /// Verifies an ID token, with one reload of the keys if it names one that is not known.
    func verify(
        _ token: UnverifiedIDToken, _ expectation: IDTokenExpectation
    ) async throws(ProviderUnavailable) -> Result<VerifiedIDToken, TokenFault> {
        let first = check(token, expectation, try await knownKeys())
        guard case .failure(.unknownKey) = first else { return first }
        // A fetch under way, begun for another token, may bring this one's key, too.
        guard keys.fetch != nil || keys.policy.allowsEarlyFetch(now: loop.now) else { return first }
        await fetchKeys(early: true)
        return check(token, expectation, try await knownKeys())
    }

    private func check(
        _ token: UnverifiedIDToken, _ expectation: IDTokenExpectation, _ keys: JWKS
    ) -> Result<VerifiedIDToken, TokenFault> {
        Result { () throws(TokenFault) in
            try token.verified(
                keys: keys, rules: configuration.rules, expectation: expectation, now: WallClock.now(),
                cryptography: LibcryptoCryptography())
        }
    }

    // MARK: Documents

    /// The provider's metadata, fetched if there is none yet.
    func knownMetadata() async throws(ProviderUnavailable) -> ProviderMetadata {
        if metadata.policy.isDue(now: loop.now) {
            if metadata.document == nil { await fetchMetadata() } else { startMetadataFetch() }
        } else if metadata.document == nil, let running = metadata.fetch {
            await running.value
        }
        guard let document = metadata.document else {
            throw ProviderUnavailable(retryAfter: metadata.policy.retryAfter(now: loop.now))
        }
        return document
    }

    private func knownKeys() async throws(ProviderUnavailable) -> JWKS {
        if keys.policy.isDue(now: loop.now) {
            if keys.document == nil { await fetchKeys(early: false) } else { startKeysFetch(early: false) }
        } else if keys.document == nil, let running = keys.fetch {
            await running.value
        }
        guard let document = keys.document else {
            throw ProviderUnavailable(retryAfter: keys.policy.retryAfter(now: loop.now))
        }
        return document
    }

    private func fetchMetadata() async { await startMetadataFetch().value }

    @discardableResult
    private func startMetadataFetch() -> Task<Void, Never> {
        if let running = metadata.fetch { return running }
        metadata.policy.begin(early: false, now: loop.now)
        let task = Task(executorPreference: loop) { await self.loadMetadata() }
        metadata.fetch = task
        return task
    }

    private func fetchKeys(early: Bool) async { await startKeysFetch(early: early).value }

    @discardableResult
    private func startKeysFetch(early: Bool) -> Task<Void, Never> {
        if let running = keys.fetch { return running }
        keys.policy.begin(early: early, now: loop.now)
        let task = Task(executorPreference: loop) { await self.loadKeys() }
        keys.fetch = task
        return task
    }

    private func loadMetadata() async {
        defer { metadata.fetch = nil }
        let loopback = configuration.allowsLoopbackHTTP
        guard let location = ProviderMetadata.location(issuer: configuration.issuer, allowsLoopbackHTTP: loopback),
            let body = await document(location, ProviderMetadata.maximumSize)
        else { return metadata.policy.failed() }
        do {
            metadata.document = try ProviderMetadata(
                parsing: body, issuer: configuration.issuer, allowsLoopbackHTTP: loopback)
            metadata.policy.succeeded(now: loop.now)
        } catch {
            warn("metadata_refused", "\(error)")
            metadata.policy.failed()
        }
    }

    private func loadKeys() async {
        defer { keys.fetch = nil }
        guard let location = try? await knownMetadata().jwksURI, let body = await document(location, JWKS.maximumSize)
        else { return keys.policy.failed() }
        do {
            keys.document = try JWKS(parsing: body, cryptography: LibcryptoCryptography())
            keys.policy.succeeded(now: loop.now)
        } catch {
            warn("keys_refused", "\(error)")
            keys.policy.failed()
        }
    }

    private func document(_ location: Endpoint, _ limit: Int) async -> [UInt8]? {
        let request = ProviderRequest(endpoint: location, limit: limit)
        switch await transport.send(request, deadline: loop.now + configuration.timeout) {
        case .answered(200, _, _, let body): return body.reveal()
        case .answered(let status, _, _, _):
            warn("document_refused", "\(location.url) answered \(status)")
        case .notSent(let reason), .lost(let reason):
            warn("document_unreachable", "\(location.url): \(reason)")
        }
        return nil
    }

    private func warn(_ event: StaticString, _ reason: String) {
        log.warning(event) { line in
            line.add("provider", configuration.name)
            line.add("reason", reason)
        }
    }
}

internal import Bytes
internal import Crypto
internal import Messages
internal import OAuth
internal import Operations
internal import Platform
internal import Postgres

/// Access tokens for passes: served while they last, refreshed before they end, one refresh per grant at a time.
///
/// In this process refreshes for one grant and target are one flight; between targets and between brokers the claim in
/// the grant's row decides.
actor TokenDesk {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    let providers: Providers
    let targets: Targets
    let sessions: SessionStore
    let grants: GrantStore
    let ends: EndHub
    let sealer: Sealer
    let log: Log
    let machine = RefreshMachine()
    private let passes: PassBox

    /// Refreshes under way in this process.
    private var flights: [Flight: Task<Void, Never>] = [:]

    private struct Flight: Hashable {
        let grant: GrantID
        let target: ByteString
    }

    /// The longest that a request waits for a refresh, its own or another broker's.
    static let patience: Duration = .seconds(15)
    /// How often a row is read again while another broker refreshes.
    static let pollInterval: Duration = .milliseconds(50)
    /// How long an answer is kept while it cannot be stored.
    static let storingPatience: Duration = .seconds(30)

    init(
        _ loop: Loop, providers: Providers, targets: Targets, sessions: SessionStore, grants: GrantStore, ends: EndHub,
        sealer: Sealer, log: Log
    ) {
        self.loop = loop
        self.providers = providers
        self.targets = targets
        self.sessions = sessions
        self.grants = grants
        self.ends = ends
        self.sealer = sealer
        self.log = log
        passes = PassBox(sealer: sealer)
    }

    // MARK: Calls

    /// The access token that a pass stands for.
    func redeem(_ call: TokenRedeem, for worker: WorkerPeer) async throws(CallError) -> RedeemedToken {
        try await token(for: try order(call.pass, worker))
    }

    /// The next token, because an API refused this one before its time. Only the current token is replaced: who brings
    /// an older one gets the current.
    func renew(_ call: TokenRenew, for worker: WorkerPeer) async throws(CallError) -> RedeemedToken {
        var order = try order(call.pass, worker)
        order.refused = call.fingerprint
        return try await token(for: order)
    }

    /// What a worker wants, checked.
    struct Order {
        let session: SessionTag
        let target: Target
        let passExpiry: Instant
        /// The SHA-256 of a token that an API refused.
        var refused: Digest?
    }

    private func order(_ pass: Pass, _ worker: WorkerPeer) throws(CallError) -> Order {
        guard let contents = passes.open(pass, now: loop.now), let session = SessionTag(contents.session) else {
            throw CallError(.passUnknown)
        }
        guard let target = targets[contents.target], worker.mayUse(target.name) else { throw CallError(.targetDenied) }
        return Order(session: session, target: target, passExpiry: contents.expiry)
    }

    // MARK: Deciding

    private func token(for order: Order) async throws(CallError) -> RedeemedToken {
        let patienceEnd = loop.now + Self.patience
        while true {
            let mark = await ends.mark()
            let opened = try await read(order)
            guard let grant = opened.grant else { throw CallError(.targetDenied, "the session has no grant there") }
            switch try decide(order, opened, grant) {
            case .use:
                return try await serve(order, opened, grant, mark)
            case .useAndRefresh:
                fly(order, grant)
                return try await serve(order, opened, grant, mark)
            case .refresh:
                await fly(order, grant).value
            case .wait:
                await loop.sleep(Self.pollInterval)
            case .unavailable(let retryAfter):
                throw refreshFailed(retryAfter)
            case .expired:
                // A target that never had a token takes nothing away from those that have one.
                guard opened.token != nil else {
                    throw CallError(.targetDenied, "no refresh token to get its token with")
                }
                try await end(opened.session)
            }
            guard loop.now < patienceEnd else { throw refreshFailed(.seconds(2)) }
        }
    }

    private func read(_ order: Order) async throws(CallError) -> OpenSession {
        let opened = try await stored { () async throws(PostgresError) in
            try await sessions.reopen(order.session, provider: order.target.provider, target: order.target.name)
        }
        guard let opened else { throw CallError(.sessionEnded) }
        return opened
    }

    private func decide(
        _ order: Order, _ opened: OpenSession, _ grant: StoredGrant
    ) throws(CallError) -> RefreshDecision {
        let decision = machine.decide(
            grant.snapshot, token: opened.token?.snapshot, isRejected: try isRefused(order, opened, grant),
            jitter: grant.id.jitter, now: opened.now.sinceEpoch)
        // The provider refuses this target for now; its grant is not to blame.
        guard let end = grant.targetPausedUntil, end > opened.now else { return decision }
        switch decision {
        case .use, .useAndRefresh: return .use
        case .refresh, .wait, .unavailable, .expired: return .unavailable(retryAfter: end - opened.now)
        }
    }

    private func isRefused(_ order: Order, _ opened: OpenSession, _ grant: StoredGrant) throws(CallError) -> Bool {
        guard let refused = order.refused, let token = opened.token else { return false }
        let current = try open(token, order, grant)
        return constantTimeEquals(Hash.sha256(current.reveal()), refused.bytes)
    }

    private func end(_ session: StoredSession) async throws(CallError) {
        let ended = try await stored { () async throws(PostgresError) in
            try await sessions.end(session.id, frontend: session.frontend, reason: "tokens expired")
        }
        if let ended { await ends.ended(ended) }
        throw CallError(.sessionEnded)
    }

    private func refreshFailed(_ retryAfter: Duration) -> CallError {
        CallError(.refreshFailed, retryAfterMilliseconds: max(retryAfter.milliseconds, 1000))
    }

    // MARK: Serving

    private func serve(
        _ order: Order, _ opened: OpenSession, _ grant: StoredGrant, _ mark: EndLedger.Mark
    ) async throws(CallError) -> RedeemedToken {
        guard let token = opened.token else { throw CallError(.unavailable) }
        let accessToken = try open(token, order, grant)
        let claims = try claims(of: opened)
        guard await !ends.ended(order.session, since: mark) else { throw CallError(.sessionEnded) }
        let usable = machine.expiry.usableUntil(token.snapshot) - opened.now.sinceEpoch
        let passLeft = order.passExpiry - loop.now
        return RedeemedToken(
            accessToken: accessToken, tokenValidMilliseconds: max(usable.milliseconds, 0),
            passValidMilliseconds: max(passLeft.milliseconds, 0), session: order.session, target: order.target.name,
            scope: token.scope.words, claims: claims.selected(order.target.claims), generation: token.generation)
    }

    private func open(_ token: StoredToken, _ order: Order, _ grant: StoredGrant) throws(CallError) -> Secret {
        let context = SealContext.accessToken(
            of: grant.id, target: order.target.name, session: order.session, issuer: grant.issuer,
            client: grant.clientID, generation: token.generation)
        do { return try sealer.open(token.token.box, context) } catch { throw error.refusal(orElse: .sessionEnded) }
    }

    private func claims(of opened: OpenSession) throws(CallError) -> SessionClaims {
        let provider = try providers.named(opened.session.provider)
        let claims: SessionClaims
        do { claims = try sealer.claims(of: opened.session, provider.configuration) } catch {
            throw error.refusal(orElse: .sessionEnded)
        }
        guard claims.expires > opened.now.microseconds else { throw CallError(.sessionEnded) }
        return claims
    }

    // MARK: Flights

    /// The refresh of this grant for this target, begun if there is none under way here.
    @discardableResult
    private func fly(_ order: Order, _ grant: StoredGrant) -> Task<Void, Never> {
        let flight = Flight(grant: grant.id, target: order.target.name)
        if let running = flights[flight] { return running }
        let task = Task(executorPreference: loop) {
            await self.refresh(order.target, grant)
            await self.landed(flight)
        }
        flights[flight] = task
        return task
    }

    private func landed(_ flight: Flight) { flights[flight] = nil }

    /// Returns when no refresh is under way here: what a provider answers must be stored before the database is let go.
    func settle() async { while let flight = flights.values.first { await flight.value } }
}

extension GrantID {
    /// 0 to 1, always the same for one grant, so that grants of one moment are not refreshed in one moment.
    var jitter: Double { Double(bytes[15]) / 255 }
}

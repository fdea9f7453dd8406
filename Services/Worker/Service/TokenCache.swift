internal import Bytes
internal import Crypto
internal import HTTP
internal import JSON
internal import Messages
internal import Operations
internal import Platform
internal import RPC

/// A token in use, with what the worker authorizes by.
struct HeldToken: Sendable {
    let session: SessionTag
    let target: ByteString
    let scope: [ByteString]
    let claims: JSONObject
    /// The value of the Authorization field.
    let bearer: FieldValue
    /// SHA-256 of the token.
    let fingerprint: Digest
    /// When pass or token ends, whichever is first.
    let expiry: Instant
}

/// The access tokens of passes in use, for as long as the passes last. A hot request costs no call to the broker.
///
/// What was learnt before the connection to the broker was lost is forgotten: a session may have ended unheard.
actor TokenCache {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let path: String
    private let broker: UInt32
    private let log: Log
    private var client: RPCClient<WorkerBroker>?
    private var held: [Pass: HeldToken] = [:]
    private var redeeming: [Pass: Task<Result<HeldToken, Abort>, Never>] = [:]
    /// Sessions that ended lately, so that an answer under way does not bring one back.
    private var ended: [SessionTag: Instant] = [:]

    /// Most passes remembered; more than a busy unit has within a pass's life.
    private static let limit = 100_000
    /// How long a redemption may take: the broker may have to refresh first.
    private static let patience: Duration = .seconds(18)
    /// How long an end is remembered: longer than any answer is under way.
    private static let memory: Duration = .seconds(60)

    init(_ loop: Loop, path: String, broker: UInt32, log: Log) {
        self.loop = loop
        self.path = path
        self.broker = broker
        self.log = log
    }

    /// Connects to the broker, now and whenever the connection is lost.
    func start() {
        let client = RPCClient<WorkerBroker>(loop, path: path, server: broker, build: ByteString(Release.version)) {
            [weak self] event in self?.assumeIsolated { $0.heard(event) }
        }
        self.client = client
        Task(executorPreference: loop) { await client.run() }
    }

    func stop() async { await client?.close() }

    // MARK: Tokens

    /// The token of a pass.
    func token(_ pass: Pass) async -> Result<HeldToken, Abort> {
        if let token = held[pass], token.expiry > loop.now { return .success(token) }
        if let running = redeeming[pass] { return await running.value }
        let task = Task(executorPreference: loop) { await self.redeem(pass) }
        redeeming[pass] = task
        let result = await task.value
        redeeming[pass] = nil
        return result
    }

    /// The token after one that an upstream refused.
    func renewed(_ pass: Pass, after refused: HeldToken) async -> Result<HeldToken, Abort> {
        if let token = held[pass], token.fingerprint != refused.fingerprint { return .success(token) }
        held[pass] = nil
        return await keep(pass) { client throws(RPCError) in
            try await client.call(TokenRenew(pass: pass, fingerprint: refused.fingerprint), timeout: Self.patience)
        }
    }

    private func redeem(_ pass: Pass) async -> Result<HeldToken, Abort> {
        await keep(pass) { client throws(RPCError) in
            try await client.call(TokenRedeem(pass: pass), timeout: Self.patience)
        }
    }

    private func keep(
        _ pass: Pass, _ ask: (RPCClient<WorkerBroker>) async throws(RPCError) -> RedeemedToken
    ) async -> Result<HeldToken, Abort> {
        guard let client else { return .failure(Abort(.notSent, .brokerUnavailable)) }
        let epoch = await client.epoch
        let answer: RedeemedToken
        do throws(RPCError) { answer = try await ask(client) } catch { return .failure(error.abort) }
        guard ended[answer.session] == nil else { return .failure(Abort(.policy, .sessionEnded)) }
        guard let token = HeldToken(answer, now: loop.now) else { return .failure(Abort(.notSent, .brokerUnavailable)) }
        // What a lost connection has answered may be used once, and is not kept.
        if await client.epoch == epoch { remember(pass, token) }
        return .success(token)
    }

    private func remember(_ pass: Pass, _ token: HeldToken) {
        if held.count >= Self.limit { sweep() }
        if held.count < Self.limit { held[pass] = token }
    }

    /// Forgets what is over. Called every few seconds.
    func sweep() {
        let now = loop.now
        held = held.filter { $0.value.expiry > now }
        ended = ended.filter { $0.value + Self.memory > now }
    }

    // MARK: Events

    private func heard(_ event: RPCClientEvent<BrokerEvent>) {
        switch event {
        case .event(.sessionEnded(let sessions, _)): end(Set(sessions))
        case .event(.heartbeat): break
        case .connected:
            forgetAll()
            log.info("broker_connected")
        case .disconnected(let fault):
            log.warning("broker_disconnected") { $0.add("reason", "\(fault)") }
        case .connectFailed(let fault):
            log.warning("broker_unreachable") { $0.add("reason", "\(fault)") }
        }
    }

    private func end(_ sessions: Set<SessionTag>) {
        for session in sessions { ended[session] = loop.now }
        held = held.filter { !sessions.contains($0.value.session) }
    }

    private func forgetAll() { held = [:] }
}

extension HeldToken {
    /// Nil for a token that cannot stand in a field.
    init?(_ answer: RedeemedToken, now: Instant) {
        let token = answer.accessToken.reveal()
        guard let bearer = FieldValue("Bearer " + ByteString(token)), let digest = Digest(Hash.sha256(token)) else {
            return nil
        }
        session = answer.session
        target = answer.target
        scope = answer.scope
        claims = answer.claims
        self.bearer = bearer
        fingerprint = digest
        let life = min(answer.tokenValidMilliseconds, answer.passValidMilliseconds, 30_000)
        expiry = now + .milliseconds(life)
    }
}

extension RPCError {
    /// What the edge is told when the broker gives no token.
    fileprivate var abort: Abort {
        guard case .refused(let error) = self else { return Abort(.notSent, .brokerUnavailable) }
        let retry = error.retryAfterMilliseconds.flatMap(UInt32.init(exactly:))
        return switch error.code {
        case .passUnknown: Abort(.notSent, .passUnknown)
        case .sessionEnded, .sessionUnknown: Abort(.policy, .sessionEnded)
        case .targetDenied, .targetUnknown: Abort(.policy, .targetDenied)
        case .refreshFailed: Abort(.policy, .refreshFailed, retryAfterMilliseconds: retry)
        default: Abort(.policy, .brokerUnavailable, retryAfterMilliseconds: retry)
        }
    }
}

internal import Bytes
internal import Messages
internal import Operations
internal import Platform
internal import RPC

/// The access tokens of passes in use, for as long as the passes last. A hot request costs no call to the broker, and
/// a pass that many requests bring at once costs one.
///
/// A session's end arrives as an event and takes its tokens away at once. A new connection to the broker means that
/// ends may have been missed, so everything is forgotten then. While there is no connection, passes serve out.
actor TokenCache {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let path: String
    private let broker: UInt32
    private let log: Log
    private let outage = Outage()
    private var client: RPCClient<WorkerBroker>?
    private var table: TokenTable
    /// Calls under way, shared by all who need their answer.
    private var calls: [Question: Task<Result<HeldToken, Abort>, Never>] = [:]
    private var sweeper: Deadline?
    private var isStopped = false

    private enum Question: Hashable {
        case redeem(Pass)
        case renew(Pass, Digest)
    }

    /// How long the broker may take: it may have to refresh first.
    private static let patience: Duration = .seconds(18)

    init(_ loop: Loop, path: String, broker: UInt32, log: Log, capacity: Int = 100_000) {
        self.loop = loop
        self.path = path
        self.broker = broker
        self.log = log
        table = TokenTable(capacity: capacity)
    }

    /// Connects to the broker, now and whenever the connection is lost.
    func start() {
        let client = RPCClient<WorkerBroker>(loop, path: path, server: broker, build: ByteString(Release.version)) {
            [weak self] event in self?.assumeIsolated { $0.heard(event) }
        }
        self.client = client
        Task(executorPreference: loop) { await client.run() }
    }

    func stop() async {
        isStopped = true
        sweeper?.disarm()
        await client?.close()
    }

    /// Whether the broker can be asked.
    var isConnected: Bool { get async { await client?.isConnected ?? false } }

    // MARK: Tokens

    /// The token of a pass.
    func token(_ pass: Pass) async -> Result<HeldToken, Abort> {
        if let token = table.token(pass, now: loop.now) { return .success(token) }
        return await ask(.redeem(pass))
    }

    /// The token after one that an upstream refused.
    func renewed(_ pass: Pass, after refused: HeldToken) async -> Result<HeldToken, Abort> {
        if let token = table.token(pass, now: loop.now), token.fingerprint != refused.fingerprint {
            return .success(token)
        }
        return await ask(.renew(pass, refused.fingerprint))
    }

    private func ask(_ question: Question) async -> Result<HeldToken, Abort> {
        if let running = calls[question] { return await running.value }
        let call = Task(executorPreference: loop) { await self.answer(question) }
        calls[question] = call
        let result = await call.value
        calls[question] = nil
        return result
    }

    private func answer(_ question: Question) async -> Result<HeldToken, Abort> {
        guard let client else { return .failure(Abort(.notSent, .brokerUnavailable)) }
        let (asked, epoch) = (loop.now, table.epoch)
        do throws(RPCError) {
            switch question {
            case .redeem(let pass):
                return keep(try await client.call(TokenRedeem(pass: pass), timeout: Self.patience), pass, asked, epoch)
            case .renew(let pass, let fingerprint):
                let call = TokenRenew(pass: pass, fingerprint: fingerprint)
                return keep(try await client.call(call, timeout: Self.patience), pass, asked, epoch)
            }
        } catch {
            return .failure(error.abort)
        }
    }

    private func keep(
        _ answer: RedeemedToken, _ pass: Pass, _ asked: Instant, _ epoch: UInt64
    ) -> Result<HeldToken, Abort> {
        guard let token = HeldToken(answer, asked: asked) else {
            return .failure(Abort(.policy, .brokerUnavailable))
        }
        guard table.keep(token, pass, epoch: epoch) else { return .failure(Abort(.policy, .sessionEnded)) }
        sweepLater()
        return .success(token)
    }

    // MARK: Events

    private func heard(_ event: RPCClientEvent<BrokerEvent>) {
        switch event {
        case .event(.sessionEnded(let sessions, _)):
            for session in sessions { table.end(session, now: loop.now) }
            sweepLater()
        case .event(.heartbeat): break
        case .connected:
            table.forgetAll()
            outage.end()
            log.info("broker_connected")
        case .disconnected(let fault): log.warning("broker_disconnected") { $0.add("reason", "\(fault)") }
        case .connectFailed(let fault):
            guard outage.begin(ByteString("\(fault)")) else { return }
            log.warning("broker_unreachable") { $0.add("reason", "\(fault)") }
        }
    }

    private func sweepLater() {
        let deadline = sweeper ?? Deadline(loop) { [weak self] in self?.assumeIsolated { $0.sweep() } }
        sweeper = deadline
        if !deadline.isArmed, !isStopped { deadline.arm(after: .seconds(10)) }
    }

    private func sweep() {
        table.sweep(now: loop.now)
        if !table.isEmpty { sweepLater() }
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

internal import Bytes
internal import Messages
internal import Platform
internal import RPC

/// A pass, and the session it belongs to.
struct Passage: Sendable, Equatable {
    let pass: Pass
    let session: SessionTag
}

/// The passes of this loop's sessions, by handle, for the seconds they are valid: a request of an active session costs
/// no call. Holds no cookie and no token.
///
/// A session's end arrives as an event and takes its passes away at once. A new connection to the broker means that
/// ends may have been missed, so everything is forgotten then. While there is no connection, passes serve out.
actor SessionCache {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private let broker: any BrokerDesk
    private var table: PassTable
    /// Who waits for a call that somebody else already makes.
    private var pending: [PassTable.Key: [Waiter<Result<Passage, Problem>>]] = [:]
    private var sweeper: Deadline?

    init(_ loop: Loop, broker: any BrokerDesk, capacity: Int = 100_000) {
        self.loop = loop
        self.broker = broker
        table = PassTable(capacity: capacity)
    }

    /// The pass of a session for a target: the one at hand, or a new one from the broker.
    func passage(_ key: PassTable.Key, frontend: ByteString) async throws(Problem) -> Passage {
        if let passage = table.passage(key, now: loop.now) { return passage }
        if table.isRefused(key.handle, now: loop.now) { throw .ended }
        guard pending[key] == nil else {
            return try await Waiter.wait { pending[key]?.append($0) }.get()
        }
        pending[key] = []
        let result = await open(key, frontend)
        for waiter in pending.removeValue(forKey: key) ?? [] { waiter.resume(returning: result) }
        return try result.get()
    }

    private func open(_ key: PassTable.Key, _ frontend: ByteString) async -> Result<Passage, Problem> {
        let asked = loop.now
        let epoch = table.epoch
        do throws(Problem) {
            let call = SessionOpen(handle: key.handle, target: key.target, frontend: frontend, slide: key.slides)
            let opened = try await broker.ask(call)
            let until = asked + .milliseconds(min(opened.validMilliseconds, 30_000))
            let passage = Passage(pass: opened.pass, session: opened.session)
            // What ended while the answer was on its way must not come back to life.
            guard table.keep(passage, key, until: until, epoch: epoch, now: loop.now) else { return .failure(.ended) }
            sweepLater()
            return .success(passage)
        } catch {
            return .failure(error)
        }
    }

    /// The worker did not know this pass: the next request asks for another.
    func forget(_ passage: Passage, _ key: PassTable.Key) { table.forget(passage, key) }

    /// Ends a session here, whatever the broker can do at the moment.
    func refuse(_ handle: Handle) {
        table.refuse(handle, now: loop.now)
        sweepLater()
    }

    /// Whether a session was ended here and the broker may not know it yet.
    func isRefused(_ handle: Handle) -> Bool { table.isRefused(handle, now: loop.now) }

    func heard(_ event: RPCClientEvent<BrokerEvent>) {
        switch event {
        case .connected: table.removeAll()
        case .event(.sessionEnded(let sessions, _)):
            for session in sessions { table.end(session, now: loop.now) }
            sweepLater()
        case .event(.heartbeat), .disconnected, .connectFailed: break
        }
    }

    /// Passes at the moment.
    var count: Int { table.count }

    private func sweepLater() {
        let deadline = sweeper ?? Deadline(loop) { [weak self] in self?.assumeIsolated { $0.sweep() } }
        sweeper = deadline
        if !deadline.isArmed { deadline.arm(after: .seconds(10)) }
    }

    private func sweep() {
        table.sweep(now: loop.now)
        if !table.isEmpty { sweepLater() }
    }
}

extension Problem {
    /// The session of this cookie is over.
    static var ended: Problem {
        var problem = Problem(.sessionEnded)
        problem.clearsSession = true
        return problem
    }
}

internal import Bytes
public import Platform

/// A PostgreSQL database on one loop: two pipelined connections for single statements, one connection for units of
/// several statements, and one that listens.
///
/// Connections are made and made again in the background. While there is none, calls fail at once with
/// `.unavailable`; calls beyond the queue's bound fail with `.busy`; no call outlives its deadline. Nothing is
/// repeated on its own account: a write whose answer got lost is `.outcomeUnknown`.
public actor Database {
    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    let configuration: PostgresConfiguration
    private let listening: Listening?
    private let log: @Sendable (DatabaseEvent) -> Void
    private var lines: [Line] = []
    private var queues = [Queue<Unit>](repeating: Queue(), count: Role.allCases.count)
    private var ticker: Deadline?
    private var isClosed = false

    /// `listening`: what the listening connection listens to, and who hears it. `log` is called on the loop.
    public init(
        _ loop: Loop, _ configuration: PostgresConfiguration, listening: Listening? = nil,
        log: @escaping @Sendable (DatabaseEvent) -> Void = { _ in }
    ) {
        self.loop = loop
        self.configuration = configuration
        self.listening = listening
        self.log = log
    }

    // MARK: Life

    /// Begins to connect. Calls made before the first attempt has failed wait for it.
    public func start() {
        guard lines.isEmpty, !isClosed else { return }
        var roles = [Role](repeating: .statements, count: max(configuration.connections, 1))
        roles.append(.transactions)
        if listening != nil { roles.append(.listening) }
        for (index, role) in roles.enumerated() { lines.append(line(index, role)) }
        ticker = Deadline(loop) { self.tick() }
        for index in lines.indices { connect(index) }
    }

    /// Closes all connections. Calls in flight end as if the connection had been lost.
    public func close() {
        isClosed = true
        ticker?.disarm()
        for line in lines {
            line.retry?.disarm()
            line.connection.close("closed")
        }
        for role in Role.allCases { refuse(role) }
        // They call back here, so they would keep each other and this alive.
        lines = []
        ticker = nil
    }

    /// Whether single statements and units can be sent now.
    public var isConnected: Bool {
        [Role.statements, .transactions].allSatisfy { role in
            lines.contains { $0.role == role && $0.connection.isReady }
        }
    }

    private func line(_ index: Int, _ role: Role) -> Line {
        let events = Connection.Events(
            ready: { self.connected(index) }, lost: { self.lost(index, $0) }, progressed: { self.dispatch(role) },
            notified: { [listening] in listening?.handler(.notified(channel: $0, payload: $1)) })
        return Line(role, Connection(loop, events))
    }

    // MARK: Calls

    /// Runs one statement.
    public func run(_ command: Command, timeout: Duration? = nil) async throws(PostgresError) -> Rows {
        let results = try await perform(.statements, [command], timeout)
        return results.first ?? .none
    }

    /// Runs statements as one transaction: all take effect or none. They are sent together, so that no lock is ever
    /// held while the database waits for this process; a statement that is to stop the others must raise an error.
    public func atomically(_ commands: [Command], timeout: Duration? = nil) async throws(PostgresError) -> [Rows] {
        try await perform(.transactions, commands, timeout)
    }

    private func perform(
        _ role: Role, _ commands: [Command], _ timeout: Duration?
    ) async throws(PostgresError) -> [Rows] {
        guard !commands.isEmpty else { return [] }
        let deadline = Instant.now() + (timeout ?? configuration.timeout)
        let outcome = await withCheckedContinuation { (caller: CheckedContinuation<Unit.Outcome, Never>) in
            enqueue(role, Unit(commands, deadline: deadline) { caller.resume(returning: $0) })
        }
        return try outcome.get()
    }

    private func enqueue(_ role: Role, _ unit: Unit) {
        guard !isClosed, lines.contains(where: { $0.role == role && $0.isPromising }) else {
            return unit.abandoned(.unavailable)
        }
        guard queues[role.rawValue].count < configuration.queueLimit else { return unit.abandoned(.busy) }
        queues[role.rawValue].append(unit)
        dispatch(role)
        startTicking()
    }

    /// Sends what waits, each unit on the connection with the least to do.
    private func dispatch(_ role: Role) {
        let depth = role == .transactions ? 1 : max(configuration.depth, 1)
        while !queues[role.rawValue].isEmpty, let connection = idlest(role, below: depth) {
            guard let unit = queues[role.rawValue].popFirst() else { return }
            connection.send(unit)
        }
    }

    private func idlest(_ role: Role, below depth: Int) -> Connection? {
        var best: Connection?
        for line in lines where line.role == role && line.connection.isReady && line.connection.pending < depth {
            if best.map({ line.connection.pending < $0.pending }) ?? true { best = line.connection }
        }
        return best
    }

    private func refuse(_ role: Role) {
        while let unit = queues[role.rawValue].popFirst() { unit.abandoned(.unavailable) }
    }

    // MARK: Connecting

    private func connect(_ index: Int) {
        lines[index].attemptStarted = loop.now
        startTicking()
        Task(executorPreference: loop) { await self.open(index) }
    }

    private func open(_ index: Int) async {
        let addresses = await resolve()
        guard !isClosed else { return }
        guard let addresses else { return lost(index, "the host's name cannot be resolved") }
        lines[index].attemptStarted = loop.now
        lines[index].connection.open(configuration.parameters(addresses: addresses))
    }

    /// What `hostaddr` is to hold: nothing for a Unix socket; nil when the name has no address.
    private func resolve() async -> [String]? {
        let host = configuration.host
        if configuration.isLocal { return [] }
        let addresses = await loop.offload { Resolver.addresses(of: host) }
        return addresses.isEmpty ? nil : addresses
    }

    private func connected(_ index: Int) {
        let line = lines[index]
        line.failures = 0
        line.attemptStarted = nil
        log(.connected)
        if line.role == .listening { listen(on: line.connection) }
        dispatch(line.role)
        hurryOthers()
    }

    /// The server is there again: nothing speaks against the other connections any more, so calls may wait for them.
    private func hurryOthers() {
        for (index, line) in lines.enumerated() {
            guard let retry = line.retry, retry.isArmed else { continue }
            retry.disarm()
            line.failures = 0
            connect(index)
        }
    }

    private func lost(_ index: Int, _ reason: ByteString) {
        guard !isClosed else { return }
        let line = lines[index]
        let wasReady = line.attemptStarted == nil
        line.attemptStarted = nil
        line.failures += wasReady ? 0 : 1
        log(.disconnected(reason: reason))
        if line.role == .listening, wasReady { listening?.handler(.stopped) }
        line.retry = Deadline(loop) { self.connect(index) }
        line.retry?.arm(after: configuration.backoff.delay(failures: line.failures, random: .random(in: 0...1)))
        if !lines.contains(where: { $0.role == line.role && $0.isPromising }) { refuse(line.role) }
    }

    private func listen(on connection: Connection) {
        guard let listening else { return }
        let commands = listening.channels.map { channel in
            Statement("listen " + channel.text, .writes, "LISTEN \"\(channel.text)\"")()
        }
        let deadline = loop.now + configuration.timeout
        connection.send(
            Unit(commands, deadline: deadline) { outcome in
                if case .success = outcome { listening.handler(.started) } else { connection.close("LISTEN failed") }
            })
    }

    // MARK: Time

    /// Every 50 ms while there is something that can be late.
    private func startTicking() { if let ticker, !ticker.isArmed, !isClosed { ticker.arm(after: .milliseconds(50)) } }

    private func tick() {
        let now = loop.now
        for role in Role.allCases { expireQueue(role, now) }
        for line in lines { check(line, now) }
        if lines.contains(where: { $0.attemptStarted != nil || $0.connection.pending > 0 }) { startTicking() }
        if queues.contains(where: { !$0.isEmpty }) { startTicking() }
    }

    private func expireQueue(_ role: Role, _ now: Instant) {
        guard !queues[role.rawValue].isEmpty else { return }
        queues[role.rawValue].forEach { if $0.deadline <= now { $0.abandoned(.timedOut) } }
        queues[role.rawValue].removeAll { $0.isAnswered }
    }

    /// A connection that neither comes up nor answers is closed; PQcancel would block.
    private func check(_ line: Line, _ now: Instant) {
        line.connection.expire(now)
        if let started = line.attemptStarted, now - started > configuration.connectTimeout, line.connection.isConnecting
        {
            line.connection.close("no connection in time")
        }
        let patience = configuration.statementTimeout + .seconds(2)
        if line.connection.isReady, let sent = line.connection.oldestSent, now - sent > patience {
            line.connection.close("no answer in time")
        }
    }
}

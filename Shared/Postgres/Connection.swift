internal import Bytes
internal import Platform

/// One connection on the loop, in pipeline mode: connects, sends units, hands their results back in order.
///
/// Each unit ends with its own Sync: everything between two Syncs is one implicit transaction, so the error of one
/// unit rolls back that unit alone.
final class Connection {
    /// What the owner does about it.
    struct Events {
        /// Connected; units may be sent.
        var ready: () -> Void
        /// Not connected any more, and why. What was in flight has been answered.
        var lost: (ByteString) -> Void
        /// Units have ended; there is room for others.
        var progressed: () -> Void
        var notified: (ByteString, ByteString) -> Void
    }

    private enum Phase {
        case closed
        case connecting(LibpqConnection, awaits: Readiness)
        case ready(LibpqConnection)
    }

    private let loop: Loop
    private let events: Events
    private var phase = Phase.closed
    private var watch: Watch?
    private var inFlight = Queue<Unit>()
    /// Statements the server knows by now, with the parameter types they were prepared for.
    private var prepared: [String: [UInt32]] = [:]
    /// Why a statement could not be prepared, for the units that were sent behind the attempt.
    private var unprepared: [String: PostgresError] = [:]
    private var wantsFlush = false

    init(_ loop: Loop, _ events: Events) {
        self.loop = loop
        self.events = events
    }

    var isReady: Bool { if case .ready = phase { true } else { false } }
    var isConnecting: Bool { if case .connecting = phase { true } else { false } }
    /// Units sent and not yet ended.
    var pending: Int { inFlight.count }
    /// When the unit that is being worked on was sent.
    var oldestSent: Instant? { inFlight.first?.sent }

    // MARK: Connecting

    func open(_ parameters: [(name: String, value: [UInt8])]) {
        guard let libpq = LibpqConnection(parameters) else { return events.lost("no memory") }
        guard !libpq.isBroken else { return events.lost(libpq.failure) }
        // As long as nothing was polled, libpq waits for the socket to become writable.
        proceed(when: .writable, libpq)
    }

    /// Watches the socket anew: polling may have replaced it.
    private func proceed(when readiness: Readiness, _ libpq: LibpqConnection) {
        phase = .connecting(libpq, awaits: readiness)
        watchSocket(of: libpq)
    }

    private func watchSocket(of libpq: LibpqConnection) {
        do { watch = try Watch(loop, descriptor: libpq.descriptor) { self.happened($0) } } catch {
            close(ByteString("the socket cannot be watched: \(error)"))
        }
    }

    private func happened(_ readiness: Readiness) {
        switch phase {
        case .closed: break
        case .connecting(let libpq, let awaited):
            // Polled before its time, libpq would take a connection in progress for a made one.
            let ends: Readiness = [.error, .hangup, .peerClosed]
            if !readiness.isDisjoint(with: ends.union(awaited)) { poll(libpq) }
        case .ready(let libpq): pump(libpq)
        }
    }

    private func poll(_ libpq: LibpqConnection) {
        watch?.cancel()
        switch libpq.poll() {
        case .reading: proceed(when: .readable, libpq)
        case .writing: proceed(when: .writable, libpq)
        case .connected: connected(libpq)
        case .failed: close(libpq.failure)
        }
    }

    private func connected(_ libpq: LibpqConnection) {
        guard libpq.makeNonblocking(), libpq.enterPipeline() else { return close(libpq.failure) }
        phase = .ready(libpq)
        watchSocket(of: libpq)
        events.ready()
    }

    /// Ends the connection and answers what was in flight.
    func close(_ reason: ByteString) {
        guard case .closed = phase else {
            watch?.cancel()
            watch = nil
            phase = .closed
            prepared = [:]
            unprepared = [:]
            wantsFlush = false
            let units = inFlight
            inFlight = Queue()
            units.forEach { $0.abandoned(.unavailable) }
            return events.lost(reason)
        }
    }

    // MARK: Sending

    /// Sends a unit; the results come to it. Only while ready.
    func send(_ unit: Unit) {
        guard case .ready(let libpq) = phase else { return unit.abandoned(.unavailable) }
        for command in unit.commands {
            guard prepare(command, libpq) else { return unit.abandoned(.mistyped(statement: command.statement.name)) }
        }
        // Sending a preparation may have shown that the connection is lost.
        guard isReady else { return unit.abandoned(.unavailable) }
        unit.sent = loop.now
        inFlight.append(unit)
        var sent = true
        for command in unit.commands where sent { sent = libpq.execute(command.statement.name, command.parameters) }
        endUnit(sent, libpq)
    }

    /// Sees to it that the server knows the statement: as a unit of its own, because what stands behind an error in
    /// the same unit is skipped. False when it is known with other types.
    private func prepare(_ command: Command, _ libpq: LibpqConnection) -> Bool {
        let (statement, types) = (command.statement, command.parameters.map(\.type))
        if let known = prepared[statement.name] { return known == types }
        prepared[statement.name] = types
        let unit = Unit([command], deadline: Instant(nanoseconds: .max)) { [unowned self] outcome in
            if case .failure(let error) = outcome { self.couldNotPrepare(statement.name, error) }
        }
        unit.sent = loop.now
        inFlight.append(unit)
        endUnit(libpq.prepare(statement.name, statement.sql, types: types), libpq)
        return true
    }

    private func couldNotPrepare(_ name: String, _ error: PostgresError) {
        prepared[name] = nil
        unprepared[name] = error
    }

    private func endUnit(_ sent: Bool, _ libpq: LibpqConnection) {
        guard sent, libpq.endUnit() else { return close(libpq.failure) }
        wantsFlush = true
        flush(libpq)
    }

    private func flush(_ libpq: LibpqConnection) {
        guard wantsFlush else { return }
        switch libpq.flush() {
        case .done: wantsFlush = false
        case .pending: break
        case .failed: close(libpq.failure)
        }
    }

    // MARK: Receiving

    /// Reads until the socket is empty, because an edge-triggered watch tells of each arrival once.
    private func pump(_ libpq: LibpqConnection) {
        repeat {
            let alive = libpq.consumeInput()
            takeResults(libpq)
            guard isReady else { return }
            while let (channel, payload) = libpq.nextNotification() { events.notified(channel, payload) }
            guard alive else { return close(libpq.failure) }
        } while libpq.hasInput
        flush(libpq)
        if isReady { events.progressed() }
    }

    /// Hands out results until the next one is still on its way; "no result" only separates two statements.
    private func takeResults(_ libpq: LibpqConnection) {
        var separators = 0
        while isReady, let unit = inFlight.first, !libpq.isBusy {
            guard let result = libpq.nextResult() else {
                separators += 1
                if separators > 2 { return close("the server's answers are out of step") }
                continue
            }
            separators = 0
            take(result.outcome, for: unit)
        }
    }

    private func take(_ outcome: LibpqResult.Outcome, for unit: Unit) {
        switch outcome {
        case .rows(let rows): unit.received(rows)
        case .failed(let error): unit.failed(cause(of: error, in: unit))
        case .skipped: break
        case .endOfUnit:
            _ = inFlight.popFirst()
            unit.ended()
        }
    }

    /// A statement unknown to the server is one whose preparation has just failed; that failure is the cause.
    private func cause(of error: PostgresError, in unit: Unit) -> PostgresError {
        guard case .refused(let refusal) = error, refusal.code == ServerError.unknownStatement else { return error }
        return unit.commands.lazy.compactMap { self.unprepared[$0.statement.name] }.first ?? error
    }

    // MARK: Time

    /// Answers the callers whose deadline has passed. Their units stay in the pipeline; the answers are dropped.
    func expire(_ now: Instant) {
        inFlight.forEach { if !$0.isAnswered, $0.deadline <= now { $0.abandoned(.timedOut) } }
    }
}

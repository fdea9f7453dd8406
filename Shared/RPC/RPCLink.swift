internal import Bytes
internal import Messages
internal import Platform

/// One connection: frames of a socket in and out, streams and waiting tasks. Client and server differ in what they
/// make of messages and of opened streams, which is theirs to say (`Handlers`).
///
/// Descriptors that a peer attaches (SCM_RIGHTS) are never taken: the socket is read with `recv`, for which the kernel
/// drops and closes them.
///
/// Not an actor, because each exchange comes here a dozen times and every time the runtime would look up the executor.
/// Unchecked: it is used on its loop's thread only. Its users are actors and tasks of that loop; whoever may be elsewhere
/// (`RPCStream`) asks the loop first.
final class RPCLink: EndOfTurn, @unchecked Sendable {
    /// Called on the link, in the order of the frames.
    struct Handlers: Sendable {
        /// A message; an error closes the connection.
        var message: @Sendable (RPCLink, Envelope) throws(RPCFault) -> Void
        /// The client has opened a stream.
        var opened: @Sendable (RPCLink, UInt32) -> Void
        /// A stream has ended and made room for another.
        var vacant: @Sendable (RPCLink) -> Void
        /// The connection is over. Called once.
        var closed: @Sendable (RPCLink, RPCFault) -> Void
    }

    let loop: Loop
    /// Who is at the other end, as the kernel says.
    let peerUID: UInt32
    private let socket: SocketStream
    let handlers: Handlers

    var machine: LinkMachine
    private var decoder = FrameDecoder()
    private var buffer = ByteBuffer(retaining: 256 << 10)
    /// Who waits for what, for each stream that somebody holds.
    var waiting = StreamTable<StreamWaiters>()
    /// Ends waits that take too long.
    var waitTimer: Deadline?
    var nextWaitExpiry = Instant(nanoseconds: 0)
    /// When something of the peer's was read last.
    private(set) var lastHeard = Instant(nanoseconds: 0)
    /// Who has a head to send and no room for it.
    var roomWaiters: [Waiter<Void>] = []

    /// Calls of this side that wait for an answer.
    var calls: [Int64: PendingCall] = [:]
    /// The hello is call 0.
    var lastCall: Int64 = 0
    /// Calls that nobody waits for any more, and that have no answer yet.
    var expiredCalls: Set<Int64> = []
    /// Most calls at once, as the server has said.
    var callLimit = 0
    var callTimer: Deadline?
    var nextExpiry = Instant(nanoseconds: 0)

    /// Both sides have said hello.
    private(set) var isReady = false
    /// Nothing new is begun; the connection closes when all that is under way has ended.
    private(set) var isDraining = false
    /// Work of the server that belongs to this connection: calls and streams that are being answered.
    var running = 0
    /// Calls of the peer that have no answer yet.
    var pending: Set<Int64> = []
    /// Why the connection is over.
    private(set) var fault: RPCFault?

    private var greetBy: Instant
    private var frameBy: Instant?
    private var flushRequested = false
    private var isPumping = false
    /// Someone was or would be turned away; `vacant` tells when there is room again.
    var wasFull = false
    /// Octets given to the socket since the beginning.
    private var written: UInt64 = 0

    /// What may wait in the socket's buffer before bodies are held back.
    private static let unsentLimit = 256 << 10
    private static let backlogLimit = unsentLimit + (4 << 20)
    /// What may wait in all before nothing new is begun: far from the backlog at which the connection ends.
    private static let burstLimit = 1 << 20
    /// How long a peer may take for its hello, and for the rest of a frame that has begun.
    static let patience: Duration = .seconds(5)
    /// Octets read before other work of the loop gets its turn.
    private static let readBatch = 256 << 10

    init(
        _ loop: Loop, adopting descriptor: consuming FileDescriptor, machine: LinkMachine, handlers: Handlers
    ) throws(SystemError) {
        self.loop = loop
        peerUID = try Sockets.peerCredentials(descriptor.rawValue).uid
        socket = try SocketStream(loop, adopting: descriptor)
        // What a busy turn writes; there are few links.
        socket.retainedCapacity = 256 << 10
        self.machine = machine
        self.handlers = handlers
        greetBy = loop.now + Self.patience
    }

    var isClosed: Bool { fault != nil }

    /// Whether a head or a call more may wait for the peer. Many large ones at once are told to wait; they do not cost
    /// everyone else the connection.
    var hasRoom: Bool { machine.urgentCount + socket.unsent < Self.burstLimit }

    /// Whether octets up to a position have gone to the kernel.
    func hasLeft(_ position: UInt64) -> Bool { socket.octetsSent >= position }

    /// The position after everything urgent that is queued now.
    var positionAfterUrgent: UInt64 { written + UInt64(machine.urgentCount) }

    // MARK: Reading

    /// Reads and handles frames until the connection is over.
    func run() async {
        do {
            while fault == nil { try await readBatch() }
        } catch let error as StreamError {
            close(error == .timedOut ? .timedOut : .closedByPeer)
        } catch let error as RPCFault {
            close(error)
        } catch {
            close(.closedByPeer)
        }
    }

    private func readBatch() async throws {
        socket.readDeadline = readDeadline()
        try await socket.waitReadable()
        var total = 0
        while fault == nil, total < Self.readBatch {
            guard let count = try socket.tryRead(into: &buffer) else {
                // Everything it has said is read, and it takes nothing any more.
                if socket.hasFailedWriting { throw RPCFault.closedByPeer }
                return
            }
            if count == 0 { throw RPCFault.closedByPeer }
            total += count
            lastHeard = loop.now
            try handleFrames()
        }
        await loop.nextTurn()
    }

    private func readDeadline() -> Instant? {
        guard isReady else { return greetBy }
        guard decoder.isInsideFrame(buffer) else {
            frameBy = nil
            return nil
        }
        if frameBy == nil { frameBy = loop.now + Self.patience }
        return frameBy
    }

    private func handleFrames() throws(RPCFault) {
        while fault == nil, let frame = try nextFrame() {
            frameBy = nil
            try handle(frame)
        }
        afterWork()
    }

    private func nextFrame() throws(RPCFault) -> Frame? {
        do throws(FrameFault) { return try decoder.next(from: &buffer) } catch { throw .protocolFault(error) }
    }

    private func handle(_ frame: Frame) throws(RPCFault) {
        guard isReady || frame.kind == .message else { throw .protocolFault(.outOfOrder) }
        switch try faulting({ machine throws(FrameFault) in try machine.receive(frame) }) {
        case .none: break
        case .message(let payload): try handleMessage(payload)
        case .opened(let stream): handlers.opened(self, stream)
        case .readable(let stream): waiting.take(stream) { $0.reader.take() }?.resume()
        case .aborted(let stream):
            wake(stream)
            waiting.take(stream) { $0.aborted.take() }?()
        }
    }

    private func handleMessage(_ payload: [UInt8]) throws(RPCFault) {
        let envelope: Envelope
        do throws(MessageError) { envelope = try Envelope(payload) } catch { throw .messageFault(error) }
        try handlers.message(self, envelope)
    }

    private func faulting<R>(_ change: (inout LinkMachine) throws(FrameFault) -> R) throws(RPCFault) -> R {
        do throws(FrameFault) { return try change(&machine) } catch { throw .protocolFault(error) }
    }

    func wake(_ stream: UInt32) {
        waiting.take(stream) { $0.reader.take() }?.resume()
        waiting.take(stream) { $0.writer.take() }?.resume()
    }

    // MARK: Writing

    /// Changes the machine and sees to it that what there is to say leaves at the end of the turn. A fault of ours
    /// (more to say than the peer reads) closes the connection.
    func work<R>(_ change: (inout LinkMachine) throws(FrameFault) -> R) throws(FrameFault) -> R {
        let result = try change(&machine)
        afterWork()
        return result
    }

    /// As `work`, for what can only fail because the peer does not read.
    func attempt(_ change: (inout LinkMachine) throws(FrameFault) -> Void) {
        do throws(FrameFault) { try work(change) } catch { close(.protocolFault(error)) }
    }

    private func afterWork() {
        guard fault == nil, !flushRequested, machine.hasOutput || isDraining || wasFull else { return }
        flushRequested = true
        loop.atEndOfTurn(self)
    }

    func endOfTurn() { flush() }

    private func flush() {
        flushRequested = false
        guard fault == nil else { return }
        let room = max(0, Self.unsentLimit - socket.unsent)
        var through: [UInt32] = []
        do throws(FrameFault) { try fill(room, &through) } catch { return close(.protocolFault(error)) }
        for stream in through { waiting.take(stream) { $0.writer.take() }?.resume() }
        if socket.unsent > Self.backlogLimit { return close(.protocolFault(.backlog)) }
        if machine.hasOutput || !hasRoom { pump() }
        tellVacancy()
        closeIfDrained()
    }

    private func fill(_ room: Int, _ through: inout [UInt32]) throws(FrameFault) {
        var failure: FrameFault?
        socket.write { out in
            let before = out.count
            do throws(FrameFault) {
                try machine.fill(&out, room: room) { stream in
                    if waiting.look(stream, { $0.writer != nil }) == true { through.append(stream) }
                }
            } catch { failure = error }
            written += UInt64(out.count - before)
        }
        if let failure { throw failure }
    }

    /// Goes on sending bodies as the kernel takes them.
    private func pump() {
        guard !isPumping else { return }
        isPumping = true
        Task(executorPreference: loop) { await self.pumpUntilDone() }
    }

    private func pumpUntilDone() async {
        while fault == nil, machine.hasOutput || !hasRoom || isDraining && socket.unsent > 0 {
            let goal = machine.hasOutput || !hasRoom ? Self.unsentLimit / 2 : 0
            guard (try? await socket.drain(below: goal)) != nil else { break }
            // More may have come meanwhile, and whoever brought it left it to us.
            flush()
        }
        isPumping = false
        closeIfDrained()
    }

    private func tellVacancy() {
        let isFull = machine.live >= machine.streamLimit || !hasRoom
        let hadNoRoom = wasFull
        wasFull = isFull
        guard hadNoRoom else { return }
        if hasRoom { wakeRoomWaiters() }
        if !isFull { handlers.vacant(self) }
    }

    private func wakeRoomWaiters() {
        let waiters = roomWaiters
        roomWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Ending

    func becomeReady() { isReady = true }

    /// The server has said hello (client).
    func start(streams: Int, calls: Int) {
        machine.streamLimit = streams
        callLimit = calls
        becomeReady()
    }

    /// Begins nothing new; closes when everything under way has ended.
    func drain() {
        isDraining = true
        machine.isAccepting = false
        afterWork()
    }

    private func closeIfDrained() {
        guard fault == nil, isDraining, machine.live == 0, calls.isEmpty, running == 0,
            !machine.hasOutput
        else { return }
        // What was said last still has to leave.
        if socket.unsent == 0 { close(.closed) } else { pump() }
    }

    /// Looks again whether a drained connection can close.
    func checkDrained() { if isDraining { afterWork() } }

    /// Ends the connection; everyone who waits hears of it. What has been received stays readable.
    func close(_ reason: RPCFault) {
        guard fault == nil else { return }
        fault = reason
        socket.close()
        callTimer?.disarm()
        waitTimer?.disarm()
        let streams = waiting.streams
        for stream in streams { wake(stream) }
        wakeRoomWaiters()
        for stream in streams { waiting.take(stream) { $0.aborted.take() }?() }
        failCalls()
        handlers.closed(self, reason)
    }
}

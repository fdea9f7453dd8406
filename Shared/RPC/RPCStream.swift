public import Messages
internal import Platform

/// One exchange: a head and a body in each direction. One task at a time reads, one writes (it may be the same), both
/// on the connection's loop. Letting go of it before its end aborts it.
public final class RPCStream: Sendable {
    let link: RPCLink
    private let id: UInt32
    /// Where in the connection the head that opened the stream ends.
    private let headEnd: UInt64

    init(_ link: RPCLink, id: UInt32, headEnd: UInt64 = 0) {
        self.link = link
        self.id = id
        self.headEnd = headEnd
    }

    deinit {
        if link.loop.isCurrent {
            link.letGo(id)
        } else {
            link.loop.perform { [link, id] in link.letGo(id) }
        }
    }

    /// The next part of what the other side sends. Asking says that the body received before has left: its credit
    /// goes back to the sender. So pass a piece on, wait until it has been taken, and only then ask for the next.
    ///
    /// When nothing comes within `limit`, the stream is aborted and the error is `.timedOut`; nil waits as long as
    /// `expectPart` says. If nothing has come meanwhile for any other stream either, the connection is closed: its peer
    /// is stuck.
    public func receive(within limit: Duration? = nil) async throws(RPCError) -> StreamPart {
        if link.loop.isCurrent { return try await link.receive(id, headEnd, limit) }
        return try await fromElsewhere { [link, id, headEnd] () throws(RPCError) in
            try await link.receive(id, headEnd, limit)
        }
    }

    /// From now on the next part must come within `limit`, whoever waits for it already.
    public func expectPart(within limit: Duration) {
        let id = id
        onLoop(link) { $0.limitReading(id, limit) }
    }

    /// Sends the head of the answer (server).
    public func send(head: some HeadPayload, end: Bool = false) async throws(RPCError) {
        if link.loop.isCurrent { return try await link.send(head: head, on: id, end: end) }
        try await fromElsewhere { [link, id] () throws(RPCError) in try await link.send(head: head, on: id, end: end) }
    }

    /// Sends a piece of body. Returns when the piece before it has been framed, so at most one waits for credit: at most
    /// ten minutes, then the stream is aborted and the error is `.timedOut`.
    public func send(_ body: ArraySlice<UInt8>, end: Bool = false) async throws(RPCError) {
        if link.loop.isCurrent { return try await link.send(body: body, on: id, end: end, headEnd) }
        try await fromElsewhere { [link, id, headEnd] () throws(RPCError) in
            try await link.send(body: body, on: id, end: end, headEnd)
        }
    }

    /// As `send(_:end:)` for a slice.
    public func send(_ body: [UInt8], end: Bool = false) async throws(RPCError) { try await send(body[...], end: end) }

    /// Ends this direction.
    public func finish() async {
        let id = id
        onLoop(link) { $0.finish(id) }
    }

    /// For callers from elsewhere.
    private func fromElsewhere<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(RPCError) -> Value
    ) async throws(RPCError) -> Value {
        let task = Task(executorPreference: link.loop) { () -> Result<Value, RPCError> in
            do throws(RPCError) { return .success(try await work()) } catch { return .failure(error) }
        }
        return try await task.value.get()
    }

    /// Calls `handler` once, on the loop, when the other side ends the stream at once or the connection ends; so who
    /// works for the stream without reading it can stop. At once when that has happened already.
    public func onAbort(_ handler: @escaping @Sendable () -> Void) {
        let id = id
        onLoop(link) { $0.onAbort(id, handler) }
    }

    /// Ends both directions at once.
    public func abort(_ abort: Abort) {
        let id = id
        onLoop(link) { $0.abort(id, abort) }
    }
}

/// Works on the link: at once on its loop, as soon as possible from elsewhere.
func onLoop(_ link: RPCLink, _ work: @escaping @Sendable (RPCLink) -> Void) {
    if link.loop.isCurrent {
        work(link)
    } else {
        link.loop.perform { work(link) }
    }
}

extension RPCLink {
    func open(head: some HeadPayload, end: Bool) -> Result<RPCStream, RPCError> {
        // When the numbers are used up, what is under way ends here and the rest goes elsewhere.
        if machine.isExhausted { drain() }
        if isClosed || isDraining { return .failure(.notConnected) }
        guard hasRoom else { return refuseForNow() }
        do throws(FrameFault) {
            let id = try work { machine throws(FrameFault) in try machine.open(head: head, end: end) }
            guard let id else { return .failure(.busy) }
            waiting.insert(StreamWaiters(), for: id)
            return .success(RPCStream(self, id: id, headEnd: positionAfterUrgent))
        } catch .badLength {
            return .failure(.tooLong)
        } catch {
            // Only a peer that reads nothing lets heads pile up.
            close(.protocolFault(error))
            return .failure(.notConnected)
        }
    }

    /// The stream of a client that has opened one.
    func stream(_ id: UInt32) -> RPCStream {
        waiting.insert(StreamWaiters(), for: id)
        return RPCStream(self, id: id)
    }

    /// Nobody holds the stream any more.
    func letGo(_ id: UInt32) {
        waiting.removeValue(forKey: id)
        attempt { machine throws(FrameFault) in try machine.release(id) }
    }

    /// Whoever hears this waits until `vacant`.
    func refuseForNow<Value>() -> Result<Value, RPCError> {
        wasFull = true
        return .failure(.busy)
    }

    func receive(_ id: UInt32, _ headEnd: UInt64, _ limit: Duration?) async throws(RPCError) -> StreamPart {
        while true {
            var part: StreamPart?
            attempt { machine throws(FrameFault) in part = try machine.take(id) }
            if let part { return part }
            try check(id, headEnd)
            if let limit { limitReading(id, limit) }
            await waitToRead(id)
        }
    }

    func send(head: some HeadPayload, on id: UInt32, end: Bool) async throws(RPCError) {
        try check(id, 0)
        while !hasRoom {
            await waitForRoom()
            try check(id, 0)
        }
        do throws(FrameFault) {
            try work { machine throws(FrameFault) in try machine.send(head: head, on: id, end: end) }
        } catch .badLength {
            throw .tooLong
        } catch {
            close(.protocolFault(error))
        }
    }

    func send(body: ArraySlice<UInt8>, on id: UInt32, end: Bool, _ headEnd: UInt64) async throws(RPCError) {
        try check(id, headEnd)
        while !machine.mayWrite(id) {
            await waitToWrite(id)
            try check(id, headEnd)
        }
        if body.isEmpty, !end { return }
        attempt { machine throws(FrameFault) in machine.send(body: body, on: id, end: end) }
    }

    func finish(_ id: UInt32) { attempt { machine throws(FrameFault) in machine.finish(id) } }

    /// Also for those on this side who wait.
    func abort(_ id: UInt32, _ abort: Abort) {
        attempt { machine throws(FrameFault) in try machine.abort(id, abort) }
        wake(id)
    }

    private func check(_ id: UInt32, _ headEnd: UInt64) throws(RPCError) {
        if let abort = machine.failure(of: id) {
            throw waiting.look(id) { $0.hasExpired } == true ? .timedOut : .aborted(abort)
        }
        if isClosed { throw .lost(headLeft: hasLeft(headEnd)) }
    }
}

/// What is to be told to those who work for a stream.
struct StreamWaiters: StreamValue {
    var reader: Waiter<Void>?
    var writer: Waiter<Void>?
    var aborted: (@Sendable () -> Void)?
    var readSince: Instant?
    var readBy: Instant?
    var writeBy: Instant?
    /// Nothing came, or nothing was taken, in time.
    var hasExpired = false

    /// When somebody has waited long enough.
    var due: Instant? {
        let reading = reader == nil ? nil : readBy
        let writing = writer == nil ? nil : writeBy
        guard let reading, let writing else { return reading ?? writing }
        return min(reading, writing)
    }
}

extension StreamTable<StreamWaiters> {
    /// Whoever is to be told, once.
    @inline(__always)
    mutating func take<Told>(_ stream: UInt32, _ told: (inout StreamWaiters) -> Told?) -> Told? {
        change(stream, told) ?? nil
    }
}

/// What streams wait for. Each looks once more before it waits: what has come already wakes nobody.
extension RPCLink {
    func waitToRead(_ stream: UInt32) async {
        await Waiter<Void>.wait { waiter in
            if isClosed || machine.mayTake(stream) { return waiter.resume() }
            let kept = waiting.change(stream) { waiters in
                waiters.reader = waiter
                return waiters.readBy
            }
            guard let kept else { return waiter.resume() }
            if let until = kept { armExpiry(until) }
        }
    }

    /// How long a peer may take for what one window holds, at the longest.
    static let slowest: Duration = .seconds(600)

    func limitReading(_ stream: UInt32, _ limit: Duration) {
        let (now, until) = (loop.now, loop.now + limit)
        _ = waiting.change(stream) { waiters in
            waiters.readSince = now
            waiters.readBy = until
        }
        armExpiry(until)
    }

    /// One timer for all who wait, for whoever is next.
    private func armExpiry(_ deadline: Instant) {
        let timer = waitTimer ?? Deadline(loop) { [weak self] in self?.expireWaits() }
        waitTimer = timer
        if timer.isArmed, nextWaitExpiry <= deadline { return }
        nextWaitExpiry = deadline
        timer.arm(deadline)
    }

    private func expireWaits() {
        var next: Instant?
        for stream in waiting.streams {
            guard let due = waiting.look(stream, { $0.due }) ?? nil else { continue }
            if due <= loop.now { expire(stream) } else { next = min(next ?? due, due) }
        }
        if let next, !isClosed { armExpiry(next) }
    }

    private func expire(_ stream: UInt32) {
        let isSilent = waiting.change(stream) { waiters in
            waiters.hasExpired = true
            guard waiters.reader != nil, let since = waiters.readSince else { return false }
            return lastHeard <= since
        }
        abort(stream, Abort(.deadline))
        if isSilent == true { close(.timedOut) }
    }

    func waitForRoom() async {
        await Waiter<Void>.wait { waiter in
            if isClosed || hasRoom { return waiter.resume() }
            wasFull = true
            roomWaiters.append(waiter)
        }
    }

    /// Calls `handler` when the other side ends the stream at once, or the connection ends.
    func onAbort(_ stream: UInt32, _ handler: @escaping @Sendable () -> Void) {
        if isClosed || machine.failure(of: stream) != nil { return handler() }
        _ = waiting.change(stream) { $0.aborted = handler }
    }

    func waitToWrite(_ stream: UInt32) async {
        await Waiter<Void>.wait { waiter in
            if isClosed || machine.mayWrite(stream) { return waiter.resume() }
            let until = loop.now + Self.slowest
            armExpiry(until)
            waiting.change(stream) { waiters in
                waiters.writer = waiter
                waiters.writeBy = until
            } ?? waiter.resume()
        }
    }
}

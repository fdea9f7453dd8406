internal import CPlatform
import Glibc
internal import Synchronization

/// An epoll loop that is also the executor of the actors and tasks that live on it. One per thread.
///
/// Two rules keep everything on its thread: actors return it as `unownedExecutor`, and every task is started with
/// `Task(executorPreference: loop)`. Calls between actors of one loop then do not suspend. One turn: what other
/// threads sent, the jobs ready now and a few rounds of those that they make ready (what is left waits for the next turn,
/// so that I/O is never starved), the writes of this turn, then `epoll_wait`.
public final class Loop: SerialExecutor, TaskExecutor {
    // The unsafe fields are touched on the loop's own thread only: every path to them is `run()` or begins with
    // `checkIsolated()`. Before `run()` the thread that made the loop counts as its own.
    private nonisolated(unsafe) var ready: [UnownedJob] = []
    private nonisolated(unsafe) var running: [UnownedJob] = []
    private nonisolated(unsafe) var flushes: [any EndOfTurn] = []
    private nonisolated(unsafe) var yielded: [Waiter<Void>] = []
    private nonisolated(unsafe) var watches: [(watch: Watch?, generation: UInt32)] = []
    private nonisolated(unsafe) var freeSlots: [Int] = []
    private nonisolated(unsafe) var wheel: TimerWheel<Deadline>
    private nonisolated(unsafe) var turnTime: Instant
    private nonisolated(unsafe) var tokens = [UInt64](repeating: 0, count: 256)
    private nonisolated(unsafe) var events = [UInt32](repeating: 0, count: 256)

    /// Where sockets are read into, so that a connection owns memory only while it holds bytes.
    nonisolated(unsafe) var scratch = [UInt8](repeating: 0, count: Loop.scratchSize)

    private let epoll: FileDescriptor
    private let wakeup: FileDescriptor
    private let inbox = Mutex(Inbox())
    private let owner: Atomic<UInt>

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var bodies: [@Sendable () -> Void] = []
        var stopped = false
        /// Whether the loop has been told since it last looked.
        var signalled = false
    }

    /// A loop for the calling thread, or for the first thread that calls `run()`.
    public init() throws(SystemError) {
        epoll = FileDescriptor(adopting: try system("epoll_create1") { cloakroom_epoll_create() })
        wakeup = FileDescriptor(adopting: try system("eventfd") { cloakroom_eventfd() })
        let now = Instant.now()
        unsafe turnTime = now
        unsafe wheel = TimerWheel(at: Loop.tick(before: now))
        owner = Atomic(UInt(pthread_self()))
        let raw = wakeup.rawValue
        try system("epoll_ctl") { cloakroom_epoll_add(epoll.rawValue, raw, Self.wakeupToken, false) }
    }

    private static let wakeupToken = UInt64.max
    /// How often in a turn jobs are run that others have made ready: each saves a look at the kernel.
    private static let rounds = 4
    static let scratchSize = 64 * 1024

    /// Before another thread runs the loop: what comes from here is from outside from now on, or a job added to
    /// `ready` while that thread begins to wait would lie there unseen.
    func handOver() { owner.store(0, ordering: .relaxed) }

    /// After the thread that ran the loop has ended: what is left of it belongs to the caller, who lets go of it.
    func takeOver() { owner.store(UInt(pthread_self()), ordering: .relaxed) }

    /// Whether the caller runs on the loop's thread.
    public var isCurrent: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// The monotonic time at which this turn began, or the last wait ended.
    public var now: Instant { unsafe turnTime }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { unsafe ready.append(job) } else { post { $0.jobs.append(job) } }
    }

    public func checkIsolated() { precondition(isCurrent, "off the loop's thread") }

    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    // MARK: From any thread

    /// Runs `body` on the loop, in a later turn.
    public func perform(_ body: @escaping @Sendable () -> Void) { post { $0.bodies.append(body) } }

    /// Makes `run()` return after its current turn.
    public func stop() { post { $0.stopped = true } }

    private func post(_ change: (inout Inbox) -> Void) {
        let wake = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.signalled = true }
            return !inbox.signalled
        }
        guard wake else { return }
        var one: UInt64 = 1
        _ = unsafe write(wakeup.rawValue, &one, 8)
    }

    // MARK: On the loop

    /// Calls `flush.endOfTurn()` before the loop next waits. Each caller sees to it that it asks once a turn.
    public func atEndOfTurn(_ flush: any EndOfTurn) { unsafe flushes.append(flush) }

    /// Turns until `stop()`. Call it synchronously, not from a task.
    public func run() {
        owner.store(UInt(pthread_self()), ordering: .relaxed)
        while turn() {}
    }

    private func turn() -> Bool {
        guard takeInbox() else { return false }
        for _ in 0..<Self.rounds where unsafe !ready.isEmpty { runReadyJobs() }
        flushWrites()
        resumeYielded()
        wait()
        fireTimers()
        return true
    }

    private func takeInbox() -> Bool {
        let taken = inbox.withLock { inbox in
            guard inbox.signalled else { return Inbox() }
            defer { inbox = Inbox() }
            return inbox
        }
        unsafe ready.append(contentsOf: taken.jobs)
        for body in taken.bodies { body() }
        return !taken.stopped
    }

    private func runReadyJobs() {
        unsafe swap(&ready, &running)
        let serial = unsafe asUnownedSerialExecutor()
        let task = unsafe asUnownedTaskExecutor()
        for index in unsafe running.indices {
            unsafe running[index].runSynchronously(isolatedTo: serial, taskExecutor: task)
        }
        unsafe running.removeAll(keepingCapacity: true)
    }

    private func flushWrites() {
        // What a flush asks for is done in this turn, too.
        var index = 0
        while unsafe index < flushes.count {
            unsafe flushes[index].endOfTurn()
            index += 1
        }
        unsafe flushes.removeAll(keepingCapacity: true)
    }

    /// See `nextTurn()`.
    func yield(_ waiter: Waiter<Void>) { unsafe yielded.append(waiter) }

    private func resumeYielded() {
        guard unsafe !yielded.isEmpty else { return }
        let waiting = unsafe yielded
        unsafe yielded.removeAll(keepingCapacity: true)
        for waiter in waiting { waiter.resume() }
    }

    private func wait() {
        let count = unsafe cloakroom_epoll_wait(epoll.rawValue, &tokens, &events, 256, waitMilliseconds())
        unsafe turnTime = Instant.now()
        guard count > 0 else { return }
        for index in 0..<Int(count) { unsafe dispatch(tokens[index], Readiness(rawValue: events[index])) }
    }

    private func waitMilliseconds() -> Int32 {
        guard unsafe ready.isEmpty else { return 0 }
        guard let next = unsafe wheel.next() else { return -1 }
        let due = next * Self.tickLength
        let now = Instant.now().nanoseconds
        return due <= now ? 0 : Int32(clamping: (due - now + 999_999) / 1_000_000)
    }

    private func dispatch(_ token: UInt64, _ readiness: Readiness) {
        if token == Self.wakeupToken {
            var count: UInt64 = 0
            _ = unsafe read(wakeup.rawValue, &count, 8)
            return
        }
        let slot = Int(truncatingIfNeeded: token & 0xFFFF_FFFF)
        // A slot that was freed or reused earlier in this batch has another generation.
        guard unsafe watches[slot].generation == UInt32(token >> 32), let watch = unsafe watches[slot].watch else {
            return
        }
        watch.ready?(readiness)
    }

    // MARK: Watches

    func register(_ watch: Watch, listening: Bool) throws(SystemError) {
        checkIsolated()
        let slot: Int
        if let free = unsafe freeSlots.popLast() {
            slot = free
        } else {
            slot = unsafe watches.count
            unsafe watches.append((nil, 0))
        }
        watch.token = unsafe UInt64(watches[slot].generation) << 32 | UInt64(slot)
        let result =
            listening
            ? cloakroom_epoll_add_listener(epoll.rawValue, watch.descriptor, watch.token)
            : cloakroom_epoll_add(epoll.rawValue, watch.descriptor, watch.token, watch.watchesWriting)
        guard result == 0 else {
            let error = SystemError.last("epoll_ctl")
            unsafe freeSlots.append(slot)
            throw error
        }
        unsafe watches[slot].watch = watch
    }

    func reregister(_ watch: Watch) {
        checkIsolated()
        _ = cloakroom_epoll_change(epoll.rawValue, watch.descriptor, watch.token, watch.watchesWriting)
    }

    func unregister(_ watch: Watch) {
        checkIsolated()
        let slot = Int(truncatingIfNeeded: watch.token & 0xFFFF_FFFF)
        unsafe watches[slot].watch = nil
        unsafe watches[slot].generation &+= 1
        unsafe freeSlots.append(slot)
        _ = cloakroom_epoll_remove(epoll.rawValue, watch.descriptor)
    }

    // MARK: Timers

    private static let tickLength: UInt64 = 10_000_000

    private static func tick(before instant: Instant) -> UInt64 { instant.nanoseconds / tickLength }

    static func tick(atOrAfter instant: Instant) -> UInt64 {
        let (tick, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: tickLength)
        return rest == 0 ? tick : tick + 1
    }

    func schedule(_ deadline: Deadline) {
        checkIsolated()
        deadline.scheduled = deadline.tick
        unsafe wheel.insert(deadline, tick: deadline.tick)
    }

    private func fireTimers() {
        for (tick, deadline) in unsafe wheel.advance(to: Loop.tick(before: turnTime)) where deadline.scheduled == tick {
            deadline.scheduled = .max
            if deadline.tick <= tick {
                deadline.expire()
            } else if deadline.isArmed {
                schedule(deadline)
            }
        }
    }
}

/// Something with work to do before the loop waits, such as bytes to send.
public protocol EndOfTurn: AnyObject {
    /// Called once for each `Loop.atEndOfTurn(_:)`.
    func endOfTurn()
}

import Glibc

extension Loop {
    /// Lets everything else of this turn happen first. `Task.yield()` would go on outside the loop, but in an actor's
    /// functions. Only for callers that are on the loop already.
    public func nextTurn() async {
        await Waiter<Void>.wait { yield($0) }
    }

    /// Returns on the loop after `duration`, never early. Only for callers that are on the loop already.
    public func sleep(_ duration: Duration) async {
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            // The wheel keeps the deadline until it has expired.
            Deadline(self) { unsafe continuation.resume() }.arm(after: duration)
        }
    }

    /// Runs blocking work on a thread of its own and returns its result. For rare work such as resolving a name. Only
    /// for callers that are on the loop already.
    public func offload<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await Waiter.wait { waiter in
            startThread {
                // Nobody joins it, and a thread that is neither joined nor detached leaves its stack behind.
                _ = pthread_detach(pthread_self())
                let result = work()
                self.perform { waiter.resume(returning: result) }
            }
        }
    }
}

/// A loop that runs on a thread of its own, for programs (tests, tools) whose main thread does something else.
public final class LoopThread: Sendable {
    public let loop: Loop
    private let thread: Thread

    /// Starts it.
    public init() throws(SystemError) {
        let loop = try Loop()
        loop.handOver()
        self.loop = loop
        thread = startThread { loop.run() }
    }

    /// Stops the loop and waits for its thread to end.
    public func stopAndJoin() {
        loop.stop()
        thread.join()
        loop.takeOver()
    }
}

/// A joinable POSIX thread.
struct Thread: Sendable {
    let id: pthread_t

    func join() { _ = pthread_join(id, nil) }
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Starts a thread; a machine that cannot give one is out of memory, and there is no going on.
@discardableResult
func startThread(_ body: @escaping @Sendable () -> Void) -> Thread {
    var id = pthread_t()
    let context = unsafe Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let error = unsafe pthread_create(&id, nil, runThread, context)
    precondition(error == 0, "no thread can be started")
    return Thread(id: id)
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context = unsafe context { unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}

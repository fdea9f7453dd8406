import Glibc
import Synchronization
import Testing

@testable import Platform

private actor Resident {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private var count = 0

    init(_ loop: Loop) { self.loop = loop }

    func increment() -> (count: Int, onLoop: Bool) {
        count += 1
        return (count, loop.isCurrent)
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func increment() { count.add(1, ordering: .relaxed) }
}

@Suite struct LoopTests {
    @Test func `actors and tasks of a loop run on its thread`() async throws {
        let thread = try LoopThread()
        let loop = thread.loop
        let resident = Resident(loop)
        let results = await Task(executorPreference: loop) {
            var results: [Bool] = []
            for _ in 0..<100 {
                results.append(loop.isCurrent)
                results.append(await resident.increment().onLoop)
                await loop.sleep(.zero)
                results.append(loop.isCurrent)
            }
            return results
        }.value
        #expect(results.count == 300)
        #expect(results.allSatisfy { $0 })
        #expect(await resident.increment().count == 101)
        thread.stopAndJoin()
    }

    @Test func `bodies from other threads all run`() async throws {
        let thread = try LoopThread()
        let loop = thread.loop
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<1000 { loop.perform { counter.increment() } } }
            }
        }
        await Task(executorPreference: loop) {}.value
        thread.stopAndJoin()
        #expect(counter.value == 8000)
    }

    @Test func `a deadline that was moved later does not expire early, and one disarmed never`() async throws {
        try await onLoop { loop in
            let start = loop.now
            nonisolated(unsafe) var waited: Duration?
            nonisolated(unsafe) var touched = false
            let moved = Deadline(loop) { unsafe waited = loop.now - start }
            let disarmed = Deadline(loop) { unsafe touched = true }
            moved.arm(after: .milliseconds(20))
            disarmed.arm(after: .milliseconds(20))
            moved.arm(after: .milliseconds(120))
            disarmed.disarm()
            while unsafe waited == nil { await loop.sleep(.milliseconds(10)) }
            #expect(unsafe waited.map { $0 >= .milliseconds(120) } == true)
            #expect(unsafe !touched)
        }
    }

    @Test func `blocking work runs elsewhere and its result comes back to the loop`() async throws {
        let thread = try LoopThread()
        let loop = thread.loop
        let (inside, after) = await Task(executorPreference: loop) {
            let inside = await loop.offload { loop.isCurrent }
            return (inside, loop.isCurrent)
        }.value
        thread.stopAndJoin()
        #expect(!inside)
        #expect(after)
    }

    @Test func `the thread of blocking work takes its stack along when it ends`() async throws {
        #expect(try await onLoop { loop in await loop.offload { threadIsDetached() } })
    }
}

/// Whether nobody has to join the calling thread. The function is one that Glibc's module leaves out.
private func threadIsDetached() -> Bool {
    typealias Attributes = @convention(c) (pthread_t, UnsafeMutablePointer<pthread_attr_t>) -> CInt
    guard let symbol = unsafe dlsym(nil, "pthread_getattr_np") else { return false }
    let attributesOf = unsafe unsafeBitCast(symbol, to: Attributes.self)
    var attributes = pthread_attr_t()
    var state: CInt = -1
    guard unsafe attributesOf(pthread_self(), &attributes) == 0 else { return false }
    _ = unsafe pthread_attr_getdetachstate(&attributes, &state)
    _ = unsafe pthread_attr_destroy(&attributes)
    return state == CInt(PTHREAD_CREATE_DETACHED)
}

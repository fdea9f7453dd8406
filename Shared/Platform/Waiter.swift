/// A task that waits for a value. Whoever keeps it resumes it exactly once: it leaves its table first.
@safe public struct Waiter<Value: Sendable>: Sendable {
    private let continuation: UnsafeContinuation<Value, Never>

    /// Waits; `keep` puts the waiter where someone will find it.
    @inline(__always)
    public static func wait(_ keep: (Waiter) -> Void) async -> Value {
        unsafe await withUnsafeContinuation { unsafe keep(Waiter(continuation: $0)) }
    }

    private init(continuation: UnsafeContinuation<Value, Never>) { unsafe self.continuation = continuation }

    public func resume(returning value: Value) { unsafe continuation.resume(returning: value) }
}

extension Waiter<Void> {
    public func resume() { resume(returning: ()) }
}

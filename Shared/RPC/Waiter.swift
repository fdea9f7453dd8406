/// A task that waits for a value. Whoever keeps it resumes it exactly once: it leaves its table first.
@safe struct Waiter<Value: Sendable>: Sendable {
    private let continuation: UnsafeContinuation<Value, Never>

    /// Waits; `keep` puts the waiter where someone will find it.
    static func wait(_ keep: (Waiter) -> Void) async -> Value {
        unsafe await withUnsafeContinuation { unsafe keep(Waiter(continuation: $0)) }
    }

    private init(continuation: UnsafeContinuation<Value, Never>) { unsafe self.continuation = continuation }

    func resume(returning value: Value) { unsafe continuation.resume(returning: value) }
}

extension Waiter<Void> {
    func resume() { resume(returning: ()) }
}

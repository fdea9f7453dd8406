internal import Platform

/// Wakes one sleeper early. A ring while nobody sleeps is kept for the next sleep.
@safe actor Bell {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private var hasRung = false
    private var sleeper: UnsafeContinuation<Void, Never>?

    init(_ loop: Loop) { self.loop = loop }

    func ring() {
        hasRung = true
        wake()
    }

    /// Returns when the bell has rung, at the latest after `limit`.
    func sleep(atMost limit: Duration) async {
        if !hasRung {
            let deadline = Deadline(loop) { [weak self] in self?.assumeIsolated { $0.wake() } }
            deadline.arm(after: limit)
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                unsafe sleeper = continuation
            }
            deadline.disarm()
        }
        hasRung = false
    }

    private func wake() {
        guard let waiting = unsafe sleeper else { return }
        unsafe sleeper = nil
        unsafe waiting.resume()
    }
}

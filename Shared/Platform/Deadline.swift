/// A point in time after which something is given up. Moving it later costs a store: the wheel looks again when the
/// earlier point has come. Precision is 10 ms, never early. For one loop's thread.
public final class Deadline {
    let loop: Loop
    private let expired: () -> Void
    /// When it is to expire; `UInt64.max` while disarmed.
    private(set) var tick = UInt64.max
    /// Where the wheel holds it; an entry of another tick is a leftover.
    var scheduled = UInt64.max

    public init(_ loop: Loop, _ expired: @escaping () -> Void) {
        self.loop = loop
        self.expired = expired
    }

    public var isArmed: Bool { tick != .max }

    /// Expires once at `instant` instead of whenever was said before.
    public func arm(_ instant: Instant) {
        tick = Loop.tick(atOrAfter: instant)
        if tick < scheduled { loop.schedule(self) }
    }

    /// Expires once after `duration` from the loop's now.
    public func arm(after duration: Duration) { arm(loop.now + duration) }

    public func disarm() { tick = .max }

    func expire() {
        tick = .max
        expired()
    }
}

internal import Platform

/// When a document that a provider publishes is asked for again. Pure: time is a parameter.
///
/// It is fresh for `life`. A failure is followed by a pause that doubles from 1 s to 60 s, while what is there keeps
/// being used. Something unknown in it (a key id that nobody has seen) causes one early fetch in `floor`, however many
/// ask: otherwise anyone could make the broker flood its provider.
struct RefetchPolicy: Sendable {
    let life: Duration
    let floor: Duration

    private var fetched: Instant?
    private var lastAttempt: Instant?
    private var lastEarlyAttempt: Instant?
    private var failures = 0

    init(life: Duration, floor: Duration = .seconds(60)) {
        self.life = life
        self.floor = floor
    }

    /// Whether the document is due because of its age, or was never fetched.
    func isDue(now: Instant) -> Bool {
        if let lastAttempt, failures > 0, now < lastAttempt + pause { return false }
        guard let fetched else { return true }
        return now >= fetched + life
    }

    /// Whether a fetch is allowed because something is missing in the document.
    func allowsEarlyFetch(now: Instant) -> Bool {
        if let lastAttempt, failures > 0, now < lastAttempt + pause { return false }
        guard let lastEarlyAttempt else { return true }
        return now >= lastEarlyAttempt + floor
    }

    /// How long to tell others to wait while there is nothing to serve.
    func retryAfter(now: Instant) -> Duration {
        guard let lastAttempt, failures > 0, now < lastAttempt + pause else { return .seconds(1) }
        return lastAttempt + pause - now
    }

    mutating func begin(early: Bool, now: Instant) {
        lastAttempt = now
        if early { lastEarlyAttempt = now }
    }

    mutating func succeeded(now: Instant) {
        fetched = now
        failures = 0
    }

    mutating func failed() { failures += 1 }

    private var pause: Duration { .seconds(min(60, 1 << min(failures - 1, 6))) }
}

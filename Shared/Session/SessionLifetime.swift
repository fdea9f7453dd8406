/// How long a session lives: so long after its last activity (`idle`), and never longer than `absolute` after its
/// beginning. All numbers are seconds; times are seconds of one clock, the database's.
public struct SessionLifetime: Sendable, Hashable {
    /// Nil when inactivity ends nothing.
    public var idle: Int64?
    public var absolute: Int64

    public init(idle: Int64?, absolute: Int64) {
        self.idle = idle
        self.absolute = absolute
    }

    /// When a session ends if nothing happens. Saturates.
    public func end(created: Int64, lastSeen: Int64) -> Int64 {
        let latest = Self.sum(created, absolute)
        guard let idle else { return latest }
        return min(latest, Self.sum(lastSeen, idle))
    }

    /// Seconds until the end; 0 for a session that is over.
    public func remaining(created: Int64, lastSeen: Int64, now: Int64) -> Int64 {
        let (left, overflow) = end(created: created, lastSeen: lastSeen).subtractingReportingOverflow(now)
        return overflow ? 0 : max(0, left)
    }

    /// Whether a session is over. At the very second of its end it is.
    public func isOver(created: Int64, lastSeen: Int64, now: Int64) -> Bool {
        remaining(created: created, lastSeen: lastSeen, now: now) == 0
    }

    /// How old the recorded activity may grow before it is written again: a tenth of `idle`, at most a minute.
    public var writeInterval: Int64 { idle.map { min(60, $0 / 10) } ?? 60 }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }
}

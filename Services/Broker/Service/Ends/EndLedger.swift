internal import Messages
internal import Platform

/// Which sessions were heard to end lately, and how fresh that knowledge is. Pure: time is a parameter.
///
/// A reply about a session is read from the database, then written to a subscriber; an end that was heard in between
/// would be overtaken by the stale reply. So whoever reads takes a `mark()` first and asks `ended(_:since:)` when the
/// reply is written.
struct EndLedger {
    /// How long an end is remembered: longer than any read from the database takes.
    static let memory: Duration = .seconds(60)

    /// A point in the order of what was heard.
    struct Mark: Equatable, Sendable {
        fileprivate let count: UInt64
    }

    private var count: UInt64 = 0
    private var heardAt: [SessionTag: UInt64] = [:]
    private var order: [(tag: SessionTag, count: UInt64, at: Instant)] = []
    private var oldest = 0
    /// Ends up to this count have been forgotten.
    private var forgotten: UInt64 = 0
    /// When the latest proof that came back was sent; nil while nothing is proven.
    private var provenAt: Instant?

    func mark() -> Mark { Mark(count: count) }

    mutating func heard(_ tags: [SessionTag], now: Instant) {
        for tag in tags {
            count += 1
            heardAt[tag] = count
            order.append((tag, count, now))
        }
        forget(before: now + (.zero - Self.memory))
    }

    /// Whether the session ended after the mark, or so much has happened since that nobody can tell.
    func ended(_ tag: SessionTag, since mark: Mark) -> Bool {
        mark.count < forgotten || (heardAt[tag] ?? 0) > mark.count
    }

    /// Whether this end is news. The same end is seen again while the database is read with an overlap.
    func knows(_ tag: SessionTag) -> Bool { heardAt[tag] != nil }

    mutating func proven(sentAt: Instant) { provenAt = max(provenAt ?? sentAt, sentAt) }

    /// How old the knowledge is: everything committed longer ago has been heard. Nil while nothing is proven.
    func proofAge(now: Instant) -> Duration? { provenAt.map { now - $0 } }

    private mutating func forget(before limit: Instant) {
        while oldest < order.count, order[oldest].at < limit {
            let entry = order[oldest]
            if heardAt[entry.tag] == entry.count { heardAt[entry.tag] = nil }
            forgotten = entry.count
            oldest += 1
        }
        if oldest > 1024, oldest > order.count / 2 {
            order.removeFirst(oldest)
            oldest = 0
        }
    }
}

internal import Bytes
internal import Operations
internal import Platform
internal import Session
internal import Synchronization

/// A rate limit in use: one table, and the count of those it turned away.
final class RateLimiter: Sendable {
    private let table: Mutex<RateTable>
    private let refused: Counter

    init(_ rate: Rate, refused: Counter) {
        table = Mutex(RateTable(rate))
        self.refused = refused
    }

    /// Lets a request pass, or says when to come again.
    func check(_ key: some Hashable, now: Instant) throws(Problem) {
        guard let wait = table.withLock({ $0.take(Self.hash(key), now: now) }) else { return }
        refused.increment()
        throw Problem.rateLimited(wait)
    }

    /// What was counted does not count after all.
    func giveBack(_ key: some Hashable) { table.withLock { $0.giveBack(Self.hash(key)) } }

    /// Swift's hashes are seeded anew in every process.
    private static func hash(_ key: some Hashable) -> UInt64 { UInt64(bitPattern: Int64(key.hashValue)) }
}

extension Problem {
    /// Too many requests; in a while there may be more.
    static func rateLimited(_ wait: Duration) -> Problem {
        var problem = Problem(.rateLimited)
        problem.retryAfterSeconds = UInt64(max(0, wait.milliseconds)) / 1000 + 1
        return problem
    }
}

/// The limits of clients at the edge's own endpoints.
struct ClientLimits: Sendable {
    private let login: RateLimiter
    private let callback: RateLimiter
    private let user: RateLimiter
    private let logout: RateLimiter
    /// Logins begun and not finished.
    private let unfinished: RateLimiter

    init(_ limits: EdgeLimits, _ metrics: Metrics) {
        func limiter(_ rate: Rate, _ name: ByteString) -> RateLimiter {
            RateLimiter(rate, refused: metrics.rateLimited(name))
        }
        login = limiter(limits.login, "login")
        callback = limiter(limits.callback, "callback")
        user = limiter(limits.user, "user")
        logout = limiter(limits.logout, "logout")
        unfinished = limiter(limits.unfinishedLogins, "logins_per_client")
    }

    /// Before anything else is done for a request.
    func check(_ endpoint: Endpoint, _ client: IPAddress?, now: Instant) throws(Problem) {
        switch endpoint {
        case .health: break
        case .login: try login.check(client, now: now)
        case .callback: try callback.check(client, now: now)
        case .user: try user.check(client, now: now)
        case .logout, .logoutReturn: try logout.check(client, now: now)
        }
    }

    func beginLogin(_ client: IPAddress?, now: Instant) throws(Problem) { try unfinished.check(client, now: now) }

    func finishLogin(_ client: IPAddress?) { unfinished.giveBack(client) }
}

extension Metrics {
    /// Requests that a limit turned away.
    func rateLimited(_ limit: ByteString) -> Counter {
        counter(
            "cloakroom_edge_rate_limited_total", "Requests answered 429, by the limit that was reached.",
            labels: ["limit": limit])
    }
}

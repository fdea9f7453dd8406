internal import Bytes
internal import Operations
internal import Platform
internal import Session
internal import Synchronization

/// Whom the limits of a route count: a session, or a client where there is none.
enum Caller: Hashable {
    case session(UInt64)
    case client(IPAddress?)
}

/// The limits of routes: how often a caller may come (`limits.rate`), and how many of its exchanges may be under way.
final class CallerLimits: Sendable {
    private let rates = Mutex<[ByteString: (rate: Rate, limiter: RateLimiter)]>([:])
    private let exchanges = Mutex<[Caller: Int]>([:])
    private let most: Int
    private let tooOften: Counter
    private let tooMany: Counter

    init(exchanges most: Int, _ metrics: Metrics) {
        self.most = most
        tooOften = metrics.rateLimited("route")
        tooMany = metrics.rateLimited("exchanges_per_session")
    }

    /// Counts an exchange that begins; `end` must follow unless it throws.
    func begin(_ route: Route, _ caller: Caller, now: Instant) throws(Problem) {
        if let rate = route.limits.rate { try limiter(route.id, rate).check(caller, now: now) }
        let isWelcome = exchanges.withLock { exchanges in
            guard exchanges[caller, default: 0] < most else { return false }
            exchanges[caller, default: 0] += 1
            return true
        }
        if isWelcome { return }
        tooMany.increment()
        throw Problem.rateLimited(.zero)
    }

    func end(_ caller: Caller) {
        exchanges.withLock { exchanges in
            guard let count = exchanges[caller] else { return }
            exchanges[caller] = count > 1 ? count - 1 : nil
        }
    }

    /// Made when it is first needed, and anew when a reload has changed the rate.
    private func limiter(_ route: ByteString, _ rate: Rate) -> RateLimiter {
        rates.withLock { rates in
            if let known = rates[route], known.rate == rate { return known.limiter }
            let limiter = RateLimiter(rate, refused: tooOften)
            rates[route] = (rate, limiter)
            return limiter
        }
    }
}

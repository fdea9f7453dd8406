internal import Platform

/// Decides which connection an exchange gets and what becomes of it afterwards. Pure: it knows connections and
/// waiting exchanges by number only, and time is a parameter.
///
/// A connection is either in use by one exchange or idle; the idle ones of an origin are used youngest first, so that
/// surplus ones age and go. Beyond the bound of an origin exchanges wait in order.
struct ConnectionPool {
    typealias ID = Int

    struct Limits {
        var connectionsPerOrigin = 1024
        var idlePerOrigin = 256
        var waitersPerOrigin = 1024
        /// Idle longer than this means closed by this side; peers tend to close after a minute.
        var idleTime: Duration = .seconds(55)
        /// Older than this means not used again, so that a changed name or certificate is noticed.
        var age: Duration = .seconds(300)
    }

    enum Grant: Equatable {
        /// Use this idle connection, if it is not stale: `remove` it otherwise and ask again.
        case reuse(ID)
        /// Make a connection; it counts from now on, so `remove` it should it fail.
        case connect(ID)
        /// Wait until `settle` names this number.
        case wait(ID)
        /// Too many are waiting.
        case refuse
    }

    /// What follows from a connection's end or return.
    enum Settlement: Equatable {
        case nothing
        case park(ID)
        case close(ID)
        /// This waiter gets this grant: `.reuse` of what was returned, or `.connect`.
        case grant(waiter: ID, Grant)
    }

    private struct Connection {
        let origin: Origin
        let group: Group
        let since: Instant
    }

    private struct Idle {
        let id: ID
        let since: Instant
    }

    /// A reference, so that finding it is the only look into the table.
    private final class Group {
        var count = 0
        var idle: [Idle] = []
        var waiters: [ID] = []

        func nextWaiter() -> ID? { waiters.isEmpty ? nil : waiters.removeFirst() }
    }

    private let limits: Limits
    private var groups: [Origin: Group] = [:]
    private var connections: [ID: Connection] = [:]
    private var lastID = 0

    init(_ limits: Limits) { self.limits = limits }

    var idleCount: Int { groups.values.reduce(0) { $0 + $1.idle.count } }

    /// An exchange wants a connection; a `fresh` one if there may be one more, because idle ones have just failed.
    mutating func acquire(_ origin: Origin, fresh: Bool = false, now: Instant) -> Grant {
        let group = group(origin)
        if !fresh, let idle = group.idle.popLast() { return .reuse(idle.id) }
        if group.count < limits.connectionsPerOrigin { return .connect(add(origin, group, now)) }
        if let idle = group.idle.popLast() { return .reuse(idle.id) }
        guard group.waiters.count < limits.waitersPerOrigin else { return .refuse }
        lastID += 1
        group.waiters.append(lastID)
        return .wait(lastID)
    }

    /// An exchange is over and its connection may serve another one.
    mutating func release(_ id: ID, now: Instant) -> Settlement {
        guard let connection = connections[id] else { return .close(id) }
        guard now - connection.since < limits.age else { return .close(id) }
        let group = connection.group
        if let waiter = group.nextWaiter() { return .grant(waiter: waiter, .reuse(id)) }
        guard group.idle.count < limits.idlePerOrigin else { return .close(id) }
        group.idle.append(Idle(id: id, since: now))
        return .park(id)
    }

    /// A connection is closed, in use or idle, or never came about. Its place goes to who waits.
    mutating func remove(_ id: ID, now: Instant) -> Settlement {
        guard let connection = connections.removeValue(forKey: id) else { return .nothing }
        let (origin, group) = (connection.origin, connection.group)
        group.count -= 1
        group.idle.removeAll { $0.id == id }
        if let waiter = group.nextWaiter() { return .grant(waiter: waiter, .connect(add(origin, group, now))) }
        if group.count == 0 { groups[origin] = nil }
        return .nothing
    }

    /// A waiter gives up; whether it was still waiting.
    mutating func abandon(_ waiter: ID, _ origin: Origin) -> Bool {
        guard let index = groups[origin]?.waiters.firstIndex(of: waiter) else { return false }
        groups[origin]?.waiters.remove(at: index)
        return true
    }

    /// The idle connections that have had their time; the caller closes and removes them.
    func expired(now: Instant) -> [ID] {
        groups.values.flatMap { group in group.idle.filter { now - $0.since >= limits.idleTime }.map(\.id) }
    }

    /// When `expired` will next have something to say, nil while nothing is idle.
    func nextExpiry() -> Instant? {
        groups.values.compactMap { $0.idle.first?.since }.min().map { $0 + limits.idleTime }
    }

    private mutating func group(_ origin: Origin) -> Group {
        if let group = groups[origin] { return group }
        let group = Group()
        groups[origin] = group
        return group
    }

    private mutating func add(_ origin: Origin, _ group: Group, _ now: Instant) -> ID {
        lastID += 1
        connections[lastID] = Connection(origin: origin, group: group, since: now)
        group.count += 1
        return lastID
    }
}

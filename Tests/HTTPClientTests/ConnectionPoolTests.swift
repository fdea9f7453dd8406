import Bytes
import Platform
import Testing

@testable import HTTPClient

/// The pool by reference, because an expectation cannot change a value.
private final class PoolBox {
    private var pool: ConnectionPool

    init(_ limits: ConnectionPool.Limits) { pool = ConnectionPool(limits) }

    func acquire(_ origin: Origin, fresh: Bool = false, now: Instant) -> ConnectionPool.Grant {
        pool.acquire(origin, fresh: fresh, now: now)
    }
    func release(_ id: Int, now: Instant) -> ConnectionPool.Settlement { pool.release(id, now: now) }
    func remove(_ id: Int, now: Instant) -> ConnectionPool.Settlement { pool.remove(id, now: now) }
    func abandon(_ waiter: Int, _ origin: Origin) -> Bool { pool.abandon(waiter, origin) }
    func expired(now: Instant) -> [Int] { pool.expired(now: now) }
    func nextExpiry() -> Instant? { pool.nextExpiry() }
}

@Suite struct ConnectionPoolTests {
    let origin: Origin
    let other: Origin
    private var pool: PoolBox
    var now = Instant(nanoseconds: 1_000_000_000)

    init() throws {
        origin = try #require(Origin(scheme: .http, host: "a.example"))
        other = try #require(Origin(scheme: .https, host: "a.example"))
        pool = PoolBox(
            .init(
                connectionsPerOrigin: 2, idlePerOrigin: 2, waitersPerOrigin: 1, idleTime: .seconds(10),
                age: .seconds(100)))
    }

    private mutating func connected(_ origin: Origin) throws -> Int {
        guard case .connect(let id) = pool.acquire(origin, now: now) else { throw StreamError.closed }
        return id
    }

    @Test mutating func `the connection that was idle for the shortest time is used first`() throws {
        let first = try connected(origin)
        let second = try connected(origin)
        #expect(pool.release(first, now: now) == .park(first))
        #expect(pool.release(second, now: now) == .park(second))
        #expect(pool.acquire(origin, now: now) == .reuse(second))
        #expect(pool.acquire(origin, now: now) == .reuse(first))
    }

    @Test mutating func `a connection serves its own origin only`() throws {
        let id = try connected(origin)
        #expect(pool.release(id, now: now) == .park(id))
        #expect(pool.acquire(other, now: now) != .reuse(id))
    }

    @Test mutating func `at the bound an exchange waits, and one too many is refused`() throws {
        let first = try connected(origin)
        let second = try connected(origin)
        guard case .wait(let waiter) = pool.acquire(origin, now: now) else { return #expect(Bool(false)) }
        #expect(pool.acquire(origin, now: now) == .refuse)
        #expect(pool.release(first, now: now) == .grant(waiter: waiter, .reuse(first)))
        #expect(pool.release(first, now: now) == .park(first))
        #expect(pool.release(second, now: now) == .park(second))
    }

    @Test mutating func `the place of a connection that ended goes to who waits`() throws {
        let first = try connected(origin)
        _ = try connected(origin)
        guard case .wait(let waiter) = pool.acquire(origin, now: now) else { return #expect(Bool(false)) }
        guard case .grant(let granted, .connect(let id)) = pool.remove(first, now: now) else {
            return #expect(Bool(false))
        }
        #expect(granted == waiter)
        #expect(id != first)
        #expect(pool.remove(first, now: now) == .nothing)
    }

    @Test mutating func `who gave up waiting gets nothing`() throws {
        let first = try connected(origin)
        _ = try connected(origin)
        guard case .wait(let waiter) = pool.acquire(origin, now: now) else { return #expect(Bool(false)) }
        #expect(pool.abandon(waiter, origin))
        #expect(!pool.abandon(waiter, origin))
        #expect(pool.release(first, now: now) == .park(first))
    }

    @Test mutating func `an old connection is closed instead of kept`() throws {
        let id = try connected(origin)
        now = now + .seconds(100)
        #expect(pool.release(id, now: now) == .close(id))
    }

    @Test mutating func `more idle connections than the bound are closed`() throws {
        pool = PoolBox(.init(idlePerOrigin: 1))
        let first = try connected(origin)
        let second = try connected(origin)
        #expect(pool.release(first, now: now) == .park(first))
        #expect(pool.release(second, now: now) == .close(second))
    }

    @Test mutating func `idle connections expire after their time, the longest idle first`() throws {
        let first = try connected(origin)
        let second = try connected(other)
        _ = pool.release(first, now: now)
        #expect(pool.nextExpiry() == now + .seconds(10))
        now = now + .seconds(4)
        _ = pool.release(second, now: now)
        now = now + .seconds(6)
        #expect(pool.expired(now: now) == [first])
        #expect(pool.remove(first, now: now) == .nothing)
        #expect(pool.nextExpiry() == now + .seconds(4))
        #expect(pool.acquire(origin, now: now) != .reuse(first))
    }

    @Test mutating func `after a failure a fresh connection is made beside the idle one, if there is room`() throws {
        let first = try connected(origin)
        _ = pool.release(first, now: now)
        guard case .connect(let fresh) = pool.acquire(origin, fresh: true, now: now) else {
            return #expect(Bool(false))
        }
        #expect(fresh != first)
        #expect(pool.acquire(origin, fresh: true, now: now) == .reuse(first))
    }
}

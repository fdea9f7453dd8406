internal import Bytes
public import Platform

/// An HTTP/1.1 client on a loop: connections by libcurl, the protocol our own, idle connections kept per origin.
///
/// It follows no redirect, keeps no cookie, knows no proxy and no netrc, and sends nothing that it was not given but
/// Host and framing. For one loop's thread: keep it inside one actor.
@safe public final class HTTPClient {
    public let loop: Loop
    let configuration: HTTPClientConfiguration
    private let connector: Connector
    private var pool: ConnectionPool
    /// Those that no exchange uses.
    private var connections: [ConnectionPool.ID: HTTPConnection] = [:]
    private var waiters: [ConnectionPool.ID: UnsafeContinuation<ConnectionPool.Grant?, Never>] = unsafe [:]
    private var sweeper: Deadline?

    public init(_ loop: Loop, _ configuration: HTTPClientConfiguration = .init()) throws(SystemError) {
        self.loop = loop
        self.configuration = configuration
        connector = try Connector(loop, configuration.connect)
        pool = ConnectionPool(configuration.pool)
    }

    deinit {
        sweeper?.disarm()
        for connection in connections.values { connection.transport.close() }
    }

    /// Connects, or takes a kept connection, and writes the head of the request. The body and the response follow
    /// through the exchange.
    public func send(
        _ request: ClientRequest, _ deadlines: ExchangeDeadlines = .init()
    ) async throws(HTTPClientError) -> Exchange {
        let began = loop.now
        let connection = try await connection(to: request.origin, timeout: deadlines.connect)
        guard let total = deadlines.total else { return Exchange(self, request, deadlines, connection, until: nil) }
        guard loop.now < began + total else {
            release(connection)
            throw HTTPClientError(.connect, .timedOut, sent: false, "no time is left")
        }
        return Exchange(self, request, deadlines, connection, until: began + total)
    }

    /// How many connections are kept at the moment while nothing uses them.
    public var idleConnections: Int { pool.idleCount }

    // MARK: Connections

    /// A connection for one exchange, which gives it back with `release` or `discard`.
    func connection(
        to origin: Origin, fresh: Bool = false, timeout: Duration
    ) async throws(HTTPClientError) -> HTTPConnection {
        var grant = pool.acquire(origin, fresh: fresh, now: loop.now)
        while true {
            switch grant {
            case .reuse(let id):
                if let connection = connections.removeValue(forKey: id), !connection.isStale() { return connection }
                discard(id)
                grant = pool.acquire(origin, fresh: fresh, now: loop.now)
            case .connect(let id): return try await connect(id, origin, timeout)
            case .wait(let id): grant = try await wait(id, origin, timeout)
            case .refuse: throw HTTPClientError(.connect, .overloaded, sent: false)
            }
        }
    }

    private func connect(
        _ id: ConnectionPool.ID, _ origin: Origin, _ timeout: Duration
    ) async throws(HTTPClientError) -> HTTPConnection {
        do throws(HTTPClientError) {
            let transport = try await connector.connect(
                to: origin, policy: configuration.addresses(origin), timeout: timeout)
            let connection = HTTPConnection(id, transport, configuration.headLimit)
            transport.onPeerClosed = { [weak self, weak connection] in
                connection?.peerHasClosed = true
                self?.peerClosed(id)
            }
            return connection
        } catch {
            discard(id)
            throw error
        }
    }

    private func wait(
        _ id: ConnectionPool.ID, _ origin: Origin, _ timeout: Duration
    ) async throws(HTTPClientError) -> ConnectionPool.Grant {
        let timer = Deadline(loop) { [unowned self] in
            if self.pool.abandon(id, origin) { self.resume(id, nil) }
        }
        timer.arm(after: timeout)
        defer { timer.disarm() }
        let grant = unsafe await withUnsafeContinuation { unsafe waiters[id] = $0 }
        guard let grant else {
            throw HTTPClientError(.connect, .timedOut, sent: false, "no connection became free")
        }
        return grant
    }

    private func resume(_ waiter: ConnectionPool.ID, _ grant: ConnectionPool.Grant?) {
        unsafe waiters.removeValue(forKey: waiter)?.resume(returning: grant)
    }

    /// An exchange ended cleanly.
    func release(_ connection: HTTPConnection) {
        connections[connection.id] = connection
        settle(pool.release(connection.id, now: loop.now))
    }

    /// A connection is of no more use.
    func discard(_ id: ConnectionPool.ID) {
        connections.removeValue(forKey: id)?.transport.close()
        settle(pool.remove(id, now: loop.now))
    }

    private func settle(_ settlement: ConnectionPool.Settlement) {
        switch settlement {
        case .nothing: break
        case .park: scheduleSweep()
        case .close(let id): discard(id)
        case .grant(let waiter, let grant): resume(waiter, grant)
        }
    }

    /// One that an exchange uses finds out by reading.
    private func peerClosed(_ id: ConnectionPool.ID) { if connections[id] != nil { discard(id) } }

    // MARK: Age

    private func scheduleSweep() {
        if sweeper?.isArmed == true { return }
        if sweeper == nil { sweeper = Deadline(loop) { [unowned self] in self.sweep() } }
        if let next = pool.nextExpiry() { sweeper?.arm(next) }
    }

    private func sweep() {
        for id in pool.expired(now: loop.now) { discard(id) }
        scheduleSweep()
    }
}

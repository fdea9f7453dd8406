public import Platform

/// What a server tells of its connections; for logs and metrics.
public enum HTTPServerEvent: Sendable, Equatable {
    /// So many connections there are now.
    case count(Int)
    /// A client with too many connections was turned away.
    case refused(HTTPClientAddress)
    /// So many connections that waited for a request were closed to make room.
    case evicted(Int)
}

/// Listens, and gives every connection a task of its own on the loop.
@safe public actor HTTPServer {
    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    nonisolated let limits: HTTPServerLimits
    nonisolated let handler: any HTTPHandler
    private nonisolated let clock = HTTPClock()
    private var acceptors: [Acceptor] = []
    private var isPaused = false
    private var crowded: Deadline?
    private var connections: [UInt64: HTTPConnection] = [:]
    private var perClient: [IPAddress: Int] = [:]
    private let told: @Sendable (HTTPServerEvent) -> Void
    private var lastConnection: UInt64 = 0
    private(set) var isDraining = false
    private var drained: UnsafeContinuation<Void, Never>?

    public init(
        _ loop: Loop, limits: HTTPServerLimits = HTTPServerLimits(), handler: any HTTPHandler,
        told: @escaping @Sendable (HTTPServerEvent) -> Void = { _ in }
    ) {
        self.loop = loop
        self.told = told
        self.limits = limits
        self.handler = handler
    }

    /// Begins to take connections from a listening socket; answers the address it is bound to.
    @discardableResult
    public func serve(_ listener: consuming FileDescriptor) throws(SystemError) -> SocketAddress? {
        let acceptor = try Acceptor(loop, listener: listener) { [weak self] descriptor in
            var descriptor = Optional(descriptor)
            self?.assumeIsolated { if let taken = descriptor.take() { $0.accept(taken) } }
        }
        acceptors.append(acceptor)
        return acceptor.localAddress
    }

    /// Connections at the moment.
    public var connectionCount: Int { connections.count }

    /// How long a connection may be idle now.
    var idleLimit: Duration {
        connections.count >= limits.connections - limits.connections / 4 ? limits.idle / 4 : limits.idle
    }

    // MARK: Connections

    private func accept(_ descriptor: consuming FileDescriptor) {
        let raw = descriptor.rawValue
        guard let address = Sockets.peerAddress(raw) else { return }
        let client = HTTPClientAddress(address)
        let counted = counted(address)
        if let limit = limits.connectionsPerClient, let counted, perClient[counted, default: 0] >= limit {
            return told(.refused(client))
        }
        Sockets.disableDelay(raw)
        Sockets.boundUnsent(raw, to: 64 << 10)
        guard let connection = try? HTTPConnection(self, descriptor, client, clock: clock) else { return }
        lastConnection += 1
        let number = lastConnection
        connections[number] = connection
        if let counted { perClient[counted, default: 0] += 1 }
        told(.count(connections.count))
        keepRoom()
        Task(executorPreference: loop) {
            await connection.run()
            await self.ended(number, counted)
        }
    }

    /// What a connection from this address counts for; nil when it is not counted.
    private func counted(_ address: SocketAddress) -> IPAddress? {
        guard limits.connectionsPerClient != nil, let address = IPAddress(address) else { return nil }
        return limits.proxies.contains { $0.contains(address) } ? nil : address.client
    }

    private func ended(_ number: UInt64, _ counted: IPAddress?) {
        connections[number] = nil
        told(.count(connections.count))
        if let counted, let count = perClient[counted] { perClient[counted] = count > 1 ? count - 1 : nil }
        if isPaused { keepRoom() }
        if connections.isEmpty { wakeDrainer() }
    }

    // MARK: Room

    /// Sees to it that there is room for the next one. When every connection has a request under way, none is taken
    /// until one ends or has waited long enough for another.
    private func keepRoom() {
        guard !isDraining else { return }
        if connections.count >= limits.connections { makeRoom() }
        if connections.count < limits.connections { return resume() }
        pause()
        let deadline = crowded ?? Deadline(loop) { [weak self] in self?.assumeIsolated { $0.keepRoom() } }
        crowded = deadline
        deadline.arm(after: .milliseconds(100))
    }

    /// Closes those that have waited longest for a request, many at once, so that the search is rare. A client that
    /// means it has sent its request within a second; who sends slowly is not worth waiting for.
    private func makeRoom() {
        let waiting = connections.compactMap { number, connection -> (since: Instant, number: UInt64)? in
            guard let since = connection.assumeIsolated({ $0.waitsSince }), since + .seconds(1) < loop.now else {
                return nil
            }
            return (since, number)
        }
        let longest = waiting.sorted { $0.since < $1.since }.prefix(max(1, limits.connections / 10))
        for (_, number) in longest { connections.removeValue(forKey: number)?.assumeIsolated { $0.makeRoom() } }
        if !longest.isEmpty { told(.evicted(longest.count)) }
    }

    private func pause() {
        guard !isPaused else { return }
        isPaused = true
        for acceptor in acceptors { acceptor.pause() }
    }

    private func resume() {
        guard isPaused else { return }
        isPaused = false
        for acceptor in acceptors { try? acceptor.resume() }
    }

    // MARK: Ending

    /// Takes no more connections, lets every request under way be answered, and returns when all have ended or the
    /// time is over; those that have not ended then are cut.
    public func drain(within time: Duration) async {
        isDraining = true
        crowded?.disarm()
        for acceptor in acceptors { acceptor.close() }
        for connection in Array(connections.values) { await connection.drain() }
        guard !connections.isEmpty else { return }
        let deadline = Deadline(loop) { [weak self] in self?.assumeIsolated { $0.cutAll() } }
        deadline.arm(after: time)
        unsafe await withUnsafeContinuation { unsafe drained = $0 }
        deadline.disarm()
    }

    private func cutAll() {
        for connection in connections.values { connection.assumeIsolated { $0.kill() } }
        wakeDrainer()
    }

    private func wakeDrainer() {
        unsafe drained?.resume()
        unsafe drained = nil
    }
}

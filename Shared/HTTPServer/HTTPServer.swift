public import Platform
internal import Synchronization

/// What a server tells of its connections; for logs and metrics.
public enum HTTPServerEvent: Sendable, Equatable {
    /// So many connections there are now.
    case count(Int)
    /// A client with too many connections was turned away.
    case refused(HTTPClientAddress)
    /// So many connections that waited for a request were closed to make room.
    case evicted(Int)
}

/// Listens, and gives every connection a task of its own on the loop. Servers on several loops may share a listener: a
/// duplicate of its descriptor for each, and one group for all.
@safe public actor HTTPServer {
    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    nonisolated let limits: HTTPServerLimits
    nonisolated let handler: any HTTPHandler
    private nonisolated let clock = HTTPClock()
    private nonisolated let group: HTTPServerGroup
    private var place = 0
    private var acceptor: Acceptor?
    private var isPaused = false
    private var crowded: Deadline?
    private var connections: [UInt64: HTTPConnection] = [:]
    private let told: @Sendable (HTTPServerEvent) -> Void
    /// Whether three quarters of the connections are taken.
    private nonisolated let isCrowded = Atomic<Bool>(false)
    private var lastConnection: UInt64 = 0
    private(set) var isDraining = false
    private var drained: UnsafeContinuation<Void, Never>?

    /// `limits` are this server's, but for the connections of one client, which are the group's.
    public init(
        _ loop: Loop, limits: HTTPServerLimits = HTTPServerLimits(), handler: any HTTPHandler,
        group: HTTPServerGroup = HTTPServerGroup(), told: @escaping @Sendable (HTTPServerEvent) -> Void = { _ in }
    ) {
        self.loop = loop
        self.told = told
        self.limits = limits
        self.handler = handler
        self.group = group
    }

    /// Begins to take connections from a listening socket, once; answers the address it is bound to.
    @discardableResult
    public func serve(_ listener: consuming FileDescriptor) throws(SystemError) -> SocketAddress? {
        place = group.join(self)
        let acceptor = try Acceptor(loop, listener: listener) { [weak self] descriptor in
            let box = DescriptorBox(descriptor)
            self?.assumeIsolated { $0.accept(box) }
        }
        self.acceptor = acceptor
        return acceptor.localAddress
    }

    /// Connections at the moment.
    public var connectionCount: Int { connections.count }

    /// How long a connection may be idle now.
    nonisolated var idleLimit: Duration { isCrowded.load(ordering: .relaxed) ? limits.idle / 4 : limits.idle }

    // MARK: Connections

    private func accept(_ box: DescriptorBox) {
        guard let descriptor = box.take(), let address = Sockets.peerAddress(descriptor.rawValue) else { return }
        let client = HTTPClientAddress(address)
        let counted = counted(address)
        let limit = limits.connectionsPerClient
        guard let server = group.admit(counted, takenBy: place, limit: limit) else { return told(.refused(client)) }
        let admitted = DescriptorBox(descriptor)
        if server === self { return begin(admitted, client, counted) }
        server.loop.perform { server.assumeIsolated { $0.begin(admitted, client, counted) } }
    }

    private func begin(_ box: DescriptorBox, _ client: HTTPClientAddress, _ counted: IPAddress?) {
        keepRoom()
        guard let connection = connection(box, client) else { return over(counted) }
        lastConnection += 1
        let number = lastConnection
        connections[number] = connection
        noteCount()
        let isLate = isDraining
        Task(executorPreference: loop) {
            if isLate { connection.drain() }
            await connection.run()
            await self.ended(number, counted)
        }
    }

    private func connection(_ box: DescriptorBox, _ client: HTTPClientAddress) -> HTTPConnection? {
        guard let descriptor = box.take() else { return nil }
        Sockets.disableDelay(descriptor.rawValue)
        Sockets.boundUnsent(descriptor.rawValue, to: 64 << 10)
        return try? HTTPConnection(self, descriptor, client, clock: clock)
    }

    /// What a connection from this address counts for; nil when it is not counted.
    private func counted(_ address: SocketAddress) -> IPAddress? {
        guard limits.connectionsPerClient != nil, let address = IPAddress(address) else { return nil }
        return limits.proxies.contains { $0.contains(address) } ? nil : address.client
    }

    private func ended(_ number: UInt64, _ counted: IPAddress?) {
        connections[number] = nil
        noteCount()
        over(counted)
    }

    private func noteCount() {
        isCrowded.store(connections.count >= limits.connections - limits.connections / 4, ordering: .relaxed)
        told(.count(connections.count))
    }

    private func over(_ counted: IPAddress?) {
        group.release(counted, servedBy: place)
        if isPaused { keepRoom() }
        if group.connections(of: place) == 0 { wakeDrainer() }
    }

    // MARK: Room

    private var isFull: Bool { group.connections(of: place) >= limits.connections }

    /// Sees to it that there is room for the next one. When every connection has a request under way, none is taken
    /// until one ends or has waited long enough for another.
    private func keepRoom() {
        guard !isDraining else { return }
        if isFull { makeRoom() }
        if !isFull { return resume() }
        pause()
        let deadline = crowded ?? Deadline(loop) { [weak self] in self?.assumeIsolated { $0.keepRoom() } }
        crowded = deadline
        deadline.arm(after: .milliseconds(100))
    }

    /// Closes those that have waited longest for a request, many at once, so that the search is rare. A client that
    /// means it has sent its request within a second; who sends slowly is not worth waiting for.
    private func makeRoom() {
        let waiting = connections.compactMap { number, connection -> (since: Instant, connection: HTTPConnection)? in
            guard let since = connection.waitsSince, since + .seconds(1) < loop.now else { return nil }
            return (since, connection)
        }
        let longest = waiting.sorted { $0.since < $1.since }.prefix(max(1, limits.connections / 10))
        for (_, connection) in longest { connection.makeRoom() }
        if !longest.isEmpty { told(.evicted(longest.count)) }
    }

    private func pause() {
        guard !isPaused else { return }
        isPaused = true
        acceptor?.pause()
        // The kernel wakes one server for one connection: what this one was woken for, the others do not know of.
        for other in group.others(than: place) { other.loop.perform { other.assumeIsolated { $0.lookAgain() } } }
    }

    private func lookAgain() {
        guard !isPaused else { return }
        acceptor?.pause()
        acceptor?.resume()
    }

    private func resume() {
        guard isPaused else { return }
        isPaused = false
        acceptor?.resume()
    }

    // MARK: Ending

    /// Takes no more connections than have been made, lets every request under way be answered, and returns when all
    /// have ended or the time is over; those that have not ended then are cut.
    public func drain(within time: Duration) async {
        isDraining = true
        crowded?.disarm()
        if acceptor != nil { group.leave(place) }
        acceptor?.finish()
        for connection in Array(connections.values) { connection.drain() }
        guard acceptor != nil, group.connections(of: place) > 0 else { return }
        let deadline = Deadline(loop) { [weak self] in self?.assumeIsolated { $0.cutAll() } }
        deadline.arm(after: time)
        unsafe await withUnsafeContinuation { unsafe drained = $0 }
        deadline.disarm()
    }

    private func cutAll() {
        for connection in connections.values { connection.kill() }
        wakeDrainer()
    }

    private func wakeDrainer() {
        unsafe drained?.resume()
        unsafe drained = nil
    }
}

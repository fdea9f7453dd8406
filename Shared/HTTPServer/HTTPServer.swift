internal import Bytes
public import Platform

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
    private var connections: [UInt64: HTTPConnection] = [:]
    private var lastConnection: UInt64 = 0
    private(set) var isDraining = false
    private var drained: UnsafeContinuation<Void, Never>?

    /// `limits` are this server's, but for the connections of one client, which are the group's.
    public init(
        _ loop: Loop, limits: HTTPServerLimits = HTTPServerLimits(), handler: any HTTPHandler,
        group: HTTPServerGroup = HTTPServerGroup()
    ) {
        self.loop = loop
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
    var idleLimit: Duration {
        connections.count >= limits.connections - limits.connections / 4 ? limits.idle / 4 : limits.idle
    }

    // MARK: Connections

    private func accept(_ box: DescriptorBox) {
        guard let descriptor = box.take(), let address = Sockets.peerAddress(descriptor.rawValue) else { return }
        let client = HTTPClientAddress(address)
        let limit = limits.connectionsPerClient
        guard let server = group.admit(client.host, takenBy: place, limit: limit) else { return }
        let admitted = DescriptorBox(descriptor)
        if server === self { return begin(admitted, client) }
        server.loop.perform { server.assumeIsolated { $0.begin(admitted, client) } }
    }

    private func begin(_ box: DescriptorBox, _ client: HTTPClientAddress) {
        pauseWhenFull()
        guard let connection = connection(box, client) else { return over(client) }
        lastConnection += 1
        let number = lastConnection
        connections[number] = connection
        let isLate = isDraining
        Task(executorPreference: loop) {
            if isLate { await connection.drain() }
            await connection.run()
            await self.ended(number, client)
        }
    }

    private func connection(_ box: DescriptorBox, _ client: HTTPClientAddress) -> HTTPConnection? {
        guard let descriptor = box.take() else { return nil }
        Sockets.disableDelay(descriptor.rawValue)
        return try? HTTPConnection(self, descriptor, client, clock: clock)
    }

    private func ended(_ number: UInt64, _ client: HTTPClientAddress) {
        connections[number] = nil
        over(client)
    }

    private func over(_ client: HTTPClientAddress) {
        group.release(client.host, servedBy: place)
        let count = group.connections(of: place)
        if isPaused, count < limits.connections { resume() }
        if count == 0 { wakeDrainer() }
    }

    private func pauseWhenFull() {
        guard group.connections(of: place) >= limits.connections, !isPaused else { return }
        isPaused = true
        acceptor?.pause()
        // The kernel wakes one server for one connection: what this one was woken for, the others do not know of.
        for other in group.others(than: place) { other.loop.perform { other.assumeIsolated { $0.lookAgain() } } }
    }

    private func lookAgain() {
        guard !isPaused else { return }
        acceptor?.pause()
        try? acceptor?.resume()
    }

    private func resume() {
        isPaused = false
        try? acceptor?.resume()
    }

    // MARK: Ending

    /// Takes no more connections than have been made, lets every request under way be answered, and returns when all
    /// have ended or the time is over; those that have not ended then are cut.
    public func drain(within time: Duration) async {
        isDraining = true
        acceptor?.finish()
        for connection in Array(connections.values) { await connection.drain() }
        guard acceptor != nil, group.connections(of: place) > 0 else { return }
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

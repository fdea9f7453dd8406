internal import Bytes
public import Platform

/// Listens, and gives every connection a task of its own on the loop.
@safe public actor HTTPServer {
    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    nonisolated let limits: HTTPServerLimits
    nonisolated let handler: any HTTPHandler
    private nonisolated let clock = HTTPClock()
    private var acceptors: [Acceptor] = []
    private var isPaused = false
    private var connections: [UInt64: HTTPConnection] = [:]
    private var perClient: [ByteString: Int] = [:]
    private var lastConnection: UInt64 = 0
    private(set) var isDraining = false
    private var drained: UnsafeContinuation<Void, Never>?

    public init(_ loop: Loop, limits: HTTPServerLimits = HTTPServerLimits(), handler: any HTTPHandler) {
        self.loop = loop
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
        if let limit = limits.connectionsPerClient, perClient[client.host, default: 0] >= limit { return }
        Sockets.disableDelay(raw)
        guard let connection = try? HTTPConnection(self, descriptor, client, clock: clock) else { return }
        lastConnection += 1
        let number = lastConnection
        connections[number] = connection
        if limits.connectionsPerClient != nil { perClient[client.host, default: 0] += 1 }
        pauseWhenFull()
        Task(executorPreference: loop) {
            await connection.run()
            await self.ended(number, client)
        }
    }

    private func ended(_ number: UInt64, _ client: HTTPClientAddress) {
        connections[number] = nil
        if let count = perClient[client.host] { perClient[client.host] = count > 1 ? count - 1 : nil }
        if isPaused, !isDraining, connections.count < limits.connections { resume() }
        if connections.isEmpty { wakeDrainer() }
    }

    private func pauseWhenFull() {
        guard connections.count >= limits.connections, !isPaused else { return }
        isPaused = true
        for acceptor in acceptors { acceptor.pause() }
    }

    private func resume() {
        isPaused = false
        for acceptor in acceptors { try? acceptor.resume() }
    }

    // MARK: Ending

    /// Takes no more connections, lets every request under way be answered, and returns when all have ended or the
    /// time is over; those that have not ended then are cut.
    public func drain(within time: Duration) async {
        isDraining = true
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

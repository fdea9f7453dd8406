public import Bytes
internal import JSON
public import Messages
public import Platform

/// What a server tells about its connections; for logs and the audit.
public enum RPCServerEvent: Sendable, Equatable {
    /// Someone who may not was turned away before a byte was read.
    case refused(uid: UInt32)
    case connected(RPCPeer)
    /// Without a peer when it ended before its hello.
    case disconnected(RPCPeer?, RPCFault)
}

/// The server of one socket on one loop: lets in whom it may, answers calls, serves streams, tells events.
public actor RPCServer<Handler: RPCHandler> {
    public typealias Socket = Handler.Socket

    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private let allowed: Set<UInt32>
    let handler: Handler
    let hello: Hello
    private let told: @Sendable (RPCServerEvent) -> Void
    private var acceptor: Acceptor?
    var links: [UInt64: ServedConnection] = [:]
    /// Calls in all that wait until others have had their share.
    var waitingCalls = 0
    private var lastConnection: UInt64 = 0
    private(set) var isDraining = false
    private var drained: Waiter<Void>?
    /// Streams whose task has not begun yet.
    var openedStreams: [OpenedStream] = []
    /// Tasks that have served a stream and wait for the next one.
    var idleServers: [Waiter<OpenedStream?>] = []
    static var idleLimit: Int { 256 }
    private var drainTimer: Deadline?

    /// Most streams, and most calls, at once on a connection.
    public static var defaultLimit: Int { 1024 }
    /// Most connections at once; one for each loop of each client is what there should be. Every account that may
    /// connect has its share, which the others cannot take.
    private static var connectionLimit: Int { 256 }

    /// - Parameters:
    ///   - loop: where it lives, and its handler's actors with it.
    ///   - allowed: the uids that may connect.
    ///   - build: this program's version, told to the clients.
    ///   - limit: most streams, and most calls, at once on a connection.
    ///   - handler: answers.
    ///   - told: hears of connections, on the loop.
    public init(
        _ loop: Loop, allowed: Set<UInt32>, build: ByteString, limit: Int = defaultLimit, handler: Handler,
        told: @escaping @Sendable (RPCServerEvent) -> Void = { _ in }
    ) {
        self.loop = loop
        self.allowed = allowed
        self.handler = handler
        self.told = told
        hello = Hello(service: Socket.server, build: build, streams: Int64(limit), calls: Int64(limit))
    }

    /// Listens on a path, in place of an older server that may still be draining there.
    public func listen(_ path: String) throws(SocketPathError) {
        let listener = try Sockets.listenUnix(replacing: path)
        do throws(SystemError) {
            acceptor = try Acceptor(loop, listener: listener) { [weak self] descriptor in
                guard let self else { return }
                let raw = DescriptorBox(descriptor)
                self.assumeIsolated { $0.accept(raw) }
            }
        } catch { throw .system(error) }
    }

    // MARK: Connections

    private func accept(_ box: DescriptorBox) {
        guard let descriptor = box.take(),
            let uid = try? Sockets.peerCredentials(descriptor.rawValue).uid
        else { return }
        guard allowed.contains(uid), hasRoom(uid) else { return told(.refused(uid: uid)) }
        lastConnection += 1
        let machine = LinkMachine(role: .server, streamLimit: Int(hello.streams))
        let number = lastConnection
        guard let link = try? RPCLink(loop, adopting: descriptor, machine: machine, handlers: handlers(number)) else {
            return
        }
        links[number] = ServedConnection(link, uid)
        Task(executorPreference: loop) { await link.run() }
    }

    private func hasRoom(_ uid: UInt32) -> Bool {
        links.values.count { $0.uid == uid } < Self.connectionLimit / allowed.count
    }

    /// Whether a connection may have one more call or stream served. While there is plenty, any may; when as many are
    /// served as one connection may have, those that have more than an even share wait for the others.
    func mayServe(_ connection: ServedConnection) -> Bool {
        let limit = Int(hello.calls)
        if connection.load < max(1, limit / links.count) { return true }
        return links.values.reduce(0) { $0 + $1.load } < limit
    }

    private func handlers(_ number: UInt64) -> RPCLink.Handlers {
        RPCLink.Handlers(
            message: { [weak self] link, envelope throws(RPCFault) in
                guard let self else { return }
                let result = self.assumeIsolated { server in
                    Result { () throws(RPCFault) in try server.received(envelope, number, link) }
                }
                try result.get()
            },
            opened: { [weak self] link, stream in self?.assumeIsolated { $0.opened(stream, number, link) } },
            vacant: { _ in },
            closed: { [weak self] _, fault in self?.assumeIsolated { $0.closed(number, fault) } })
    }

    private func closed(_ number: UInt64, _ fault: RPCFault) {
        guard let connection = links.removeValue(forKey: number) else { return }
        waitingCalls -= connection.waiting.count
        told(.disconnected(connection.peer, fault))
        if isDraining, links.isEmpty { finishDraining() }
    }

    /// The hello was fine: from now on it is a subscriber.
    func introduce(_ number: UInt64, _ hello: Hello) {
        guard let uid = links[number]?.uid else { return }
        let peer = RPCPeer(connection: number, uid: uid, service: hello.service, build: hello.build)
        links[number]?.peer = peer
        told(.connected(peer))
    }

    // MARK: Events

    /// Tells every client, in order with the answers: what is answered after this returns comes after it. For any
    /// actor of the server's loop.
    public nonisolated func broadcast(_ event: Socket.Event) throws(MessageError) {
        let payload = Envelope.event(method: event.method, parameters: try event.parameters()).encoded()
        assumeIsolated { $0.tell(payload) }
    }

    private func tell(_ payload: [UInt8]) {
        for connection in links.values where connection.peer != nil {
            connection.link.say(payload)
        }
    }

    // MARK: Ending

    /// How long clients are waited for that have nothing under way and could leave.
    private static var farewell: Duration { .seconds(1) }

    /// Stops accepting, tells the clients to go elsewhere, and returns when everything under way has ended, at the
    /// latest after `limit`; what is left then is cut off.
    public func drain(within limit: Duration) async {
        acceptor?.close()
        acceptor = nil
        beginDraining()
        guard !links.isEmpty else { return }
        Deadline(loop) { [weak self] in self?.assumeIsolated { $0.closeUnused() } }.arm(
            after: min(Self.farewell, limit))
        let timer = Deadline(loop) { [weak self] in self?.assumeIsolated { $0.finishDraining() } }
        drainTimer = timer
        timer.arm(after: limit)
        await Waiter<Void>.wait { waiter in
            if links.isEmpty { waiter.resume() } else { drained = waiter }
        }
        timer.disarm()
    }

    /// Clients close when they have heard and nothing is under way. Whoever closed here might close on a stream that
    /// has just been sent, and nobody would know what became of it.
    private func beginDraining() {
        isDraining = true
        dismissIdleServers()
        tell(Envelope.event(method: Hello.drainMethod, parameters: [:]).encoded())
        for connection in links.values { connection.link.machine.isAccepting = false }
    }

    private func closeUnused() {
        for connection in links.values { connection.link.drain() }
    }

    private func finishDraining() {
        drainTimer?.disarm()
        let waiting = drained
        drained = nil
        for connection in links.values { connection.link.close(.closed) }
        waiting?.resume()
    }
}

/// One connection as its server sees it.
final class ServedConnection {
    let link: RPCLink
    let uid: UInt32
    var peer: RPCPeer?
    /// Calls and streams that are being served.
    var served = 0
    /// Calls that wait until the others have had their share.
    var waiting: [() -> Void] = []

    /// What it takes up, besides the stream that has just been opened. A stream whose answer the peer does not take is
    /// not over when it has been served.
    var load: Int { max(served, link.machine.live - 1) }

    init(_ link: RPCLink, _ uid: UInt32) {
        self.link = link
        self.uid = uid
    }
}

internal import Bytes
internal import Messages
internal import Operations
internal import Platform
internal import RPC
internal import Synchronization

/// One worker that this loop can use.
final class Worker: Sendable {
    /// The name of its socket.
    let name: String
    let client: RPCClient<EdgeWorker>
    /// Makes this worker's rank for a session another than that of its neighbours.
    let seed: UInt64
    let outage = Outage()
    private let connected = Atomic<Bool>(false)
    private let exchanges = Atomic<Int>(0)

    init(name: String, client: RPCClient<EdgeWorker>) {
        self.name = name
        self.client = client
        seed = WorkerChoice.seed(name)
    }

    var isConnected: Bool {
        get { connected.load(ordering: .relaxed) }
        set { connected.store(newValue, ordering: .relaxed) }
    }

    /// Exchanges under way.
    var load: Int { exchanges.load(ordering: .relaxed) }

    // All on the loop's thread, so no change can be lost.
    func begin() { exchanges.store(load + 1, ordering: .relaxed) }
    func end() { exchanges.store(load - 1, ordering: .relaxed) }
}

/// The workers, found by their sockets in one directory: each gets a connection of this loop. Sessions stay with their
/// worker, whose cache knows them, as long as it is there and not much busier than the others.
actor WorkerPool {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private let directory: String
    private let allowed: Set<UInt32>
    private let log: Log
    private var workers: [Worker] = []
    /// Sockets of someone who is no worker of ours.
    private var foreign: Set<SocketDirectory.Entry> = []
    private let absence = Outage()
    private var isClosed = false
    /// Whoever wants a worker while none is connected.
    private var waiting: [Waiter<Void>] = []
    private var waitTimer: Deadline?

    private static let interval: Duration = .seconds(1)
    private static let patience: Duration = .milliseconds(100)

    init(_ loop: Loop, directory: String, allowed: Set<UInt32>, log: Log) {
        self.loop = loop
        self.directory = directory
        self.allowed = allowed
        self.log = log
    }

    /// Looks for sockets that have come or gone, again and again.
    func run() async {
        while !isClosed {
            look()
            await loop.sleep(Self.interval)
        }
    }

    var isAvailable: Bool { workers.contains { $0.isConnected } }

    /// The worker for a session; nil when none is left. When none is connected one may be about to be: its successor
    /// takes over, or this process has just begun. So it is waited for a moment. The exchange counts from now on; `end()`
    /// must follow.
    func choose(_ session: UInt64, except tried: [Worker] = []) async -> Worker? {
        if workers.count == 1, tried.isEmpty, workers[0].isConnected { return begun(workers[0]) }
        let deadline = loop.now + Self.patience
        while true {
            if let worker = connected(session, except: tried) { return begun(worker) }
            guard loop.now < deadline, !isClosed else { return nil }
            await Waiter.wait { wait($0, until: deadline) }
        }
    }

    /// An exchange begins where it is chosen: those that choose at the same time see each other.
    private func begun(_ worker: Worker) -> Worker {
        worker.begin()
        return worker
    }

    private func connected(_ session: UInt64, except tried: [Worker]) -> Worker? {
        let candidates = workers.filter { worker in worker.isConnected && !tried.contains { $0 === worker } }
        let place = WorkerChoice.place(session, candidates.map { ($0.seed, $0.load) })
        return place.map { candidates[$0] }
    }

    /// Until a worker is connected, or time is over. Whoever is woken looks for himself.
    private func wait(_ waiter: Waiter<Void>, until deadline: Instant) {
        waiting.append(waiter)
        let timer = waitTimer ?? Deadline(loop) { [weak self] in self?.assumeIsolated { $0.wakeAll() } }
        waitTimer = timer
        if !timer.isArmed { timer.arm(deadline) }
    }

    private func wakeAll() {
        let woken = waiting
        waiting = []
        for waiter in woken { waiter.resume(returning: ()) }
    }

    func close() async {
        isClosed = true
        for worker in workers { await worker.client.close() }
    }

    // MARK: Looking

    private func look() {
        guard let found = sockets() else { return }
        for worker in workers where !found.contains(where: { $0.name == worker.name }) { remove(worker) }
        for socket in found where !workers.contains(where: { $0.name == socket.name }) {
            if allowed.contains(socket.owner) { add(socket) } else { refuse(socket) }
        }
        foreign.formIntersection(found)
        noteAbsence()
    }

    /// The sockets of workers; nil when this process cannot look at the moment.
    private func sockets() -> [SocketDirectory.Entry]? {
        do throws(SystemError) { return try SocketDirectory.sockets(in: directory) } catch {
            return error.isShortage ? nil : []
        }
    }

    private func refuse(_ socket: SocketDirectory.Entry) {
        guard foreign.insert(socket).inserted else { return }
        log.warning("peer_refused") { line in
            line.add("worker", socket.name)
            line.add("uid", socket.owner)
        }
    }

    private func noteAbsence() {
        guard workers.isEmpty else { return absence.end() }
        guard absence.begin("none") else { return }
        log.warning("worker_unreachable") { $0.add("reason", "no socket of a worker in \(directory)") }
    }

    private func add(_ socket: SocketDirectory.Entry) {
        let name = socket.name
        let client = RPCClient<EdgeWorker>(
            loop, path: directory + "/" + name, server: socket.owner, build: ByteString(Release.version)
        ) { [weak self] event in self?.assumeIsolated { $0.heard(event, name) } }
        workers.append(Worker(name: name, client: client))
        Task(executorPreference: loop) { await client.run() }
    }

    private func remove(_ worker: Worker) {
        workers.removeAll { $0 === worker }
        log.info("worker_gone") { $0.add("worker", worker.name) }
        Task(executorPreference: loop) { await worker.client.retire() }
    }

    private func heard(_ event: RPCClientEvent<Nothing>, _ name: String) {
        guard let worker = workers.first(where: { $0.name == name }) else { return }
        switch event {
        case .connected:
            worker.isConnected = true
            worker.outage.end()
            wakeAll()
            log.info("worker_connected") { $0.add("worker", name) }
        case .disconnected(let fault):
            worker.isConnected = false
            log.warning("worker_lost") { line in
                line.add("worker", name)
                line.add("reason", "\(fault)")
            }
        case .connectFailed(let fault):
            guard worker.outage.begin(ByteString("\(fault)")) else { return }
            log.warning("worker_unreachable") { line in
                line.add("worker", name)
                line.add("reason", "\(fault)")
            }
        case .event: break
        }
    }
}

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

    private static let interval: Duration = .seconds(1)

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

    /// The worker for a session; nil when none is left. When no worker at all is connected, one may be about to be: its
    /// successor has taken over, or this process has just begun. Then its client waits a moment before it gives up.
    func choose(_ session: UInt64, except tried: [Worker] = []) -> Worker? {
        if workers.count == 1, tried.isEmpty { return workers[0] }
        var candidates = workers.filter { worker in worker.isConnected && !tried.contains { $0 === worker } }
        if candidates.isEmpty, tried.isEmpty { candidates = workers }
        let place = WorkerChoice.place(session, candidates.map { ($0.seed, $0.load) })
        return place.map { candidates[$0] }
    }

    func close() async {
        isClosed = true
        for worker in workers { await worker.client.close() }
    }

    // MARK: Looking

    private func look() {
        let found = SocketDirectory.sockets(in: directory)
        for worker in workers where !found.contains(where: { $0.name == worker.name }) { remove(worker) }
        for socket in found where !workers.contains(where: { $0.name == socket.name }) {
            if allowed.contains(socket.owner) { add(socket) } else { refuse(socket) }
        }
        foreign.formIntersection(found)
        noteAbsence()
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

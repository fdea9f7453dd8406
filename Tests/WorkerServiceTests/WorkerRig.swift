import Bytes
import Glibc
import HTTP
import JSON
import Messages
import Operations
import Platform
import RPC
import ScriptedServer
import Session
import Testing

@testable import WorkerService

/// A worker between an edge and a broker that do as they are told, all on one loop, over real sockets.
final class WorkerRig {
    let loop: Loop
    let broker: FakeBroker
    let edge: RPCClient<EdgeWorker>
    let routes: Routes
    private let upstream: ScriptedServer
    private let directory: String
    private let brokerServer: RPCServer<FakeBroker>
    private let worker: WorkerService
    private let null: FileDescriptor

    /// `rest` goes into the entry of the only route, `/api/`.
    init(
        _ loop: Loop, _ upstream: ScriptedServer, _ rest: String = "\"target\":\"api\"", port: UInt16? = nil
    ) async throws {
        self.loop = loop
        self.upstream = upstream
        var template = Array("/tmp/worker-XXXXXX".utf8CString)
        try #require(unsafe mkdtemp(&template) != nil)
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.directory = directory
        null = FileDescriptor(adopting: unsafe Glibc.open("/dev/null", O_WRONLY | O_CLOEXEC))
        let own = ProcessHardening.identity.uid
        broker = FakeBroker(loop)
        brokerServer = RPCServer(loop, allowed: [own], build: "test", handler: broker)
        try await brokerServer.listen(directory + "/broker")
        let url = "http://127.0.0.1:\(port ?? upstream.port)"
        let entry = #""id":"r","path":"/api/","methods":["GET","POST","PUT"],"upstream":{"url":"\#(url)"},\#(rest)"#
        routes = try WorkerServiceTests.routes("{\"routes\":[{\(entry)}]}")
        let configuration = WorkerConfiguration(
            loops: 1, edgeSocket: directory + "/worker", brokerSocket: directory + "/broker", edges: [own], broker: own,
            routes: routes, authorities: nil, drain: .seconds(1))
        let log = Log(service: "worker", level: .error, descriptor: null.rawValue)
        let context = ServiceContext(
            loops: [loop], log: log, metrics: Metrics(), invocation: Invocation(configuration: "worker.json"))
        worker = try await WorkerService.start(configuration, context).parts[0]
        let edge = RPCClient<EdgeWorker>(loop, path: directory + "/worker", server: own, build: "test")
        self.edge = edge
        Task(executorPreference: loop) { await edge.run() }
        while await !edge.isConnected { await loop.sleep(.milliseconds(1)) }
        while await !worker.isReady { await loop.sleep(.milliseconds(1)) }
    }

    func stop() async {
        await edge.close()
        await worker.drain()
        await brokerServer.drain(within: .seconds(1))
        for name in ["/broker", "/worker"] { unsafe unlink(directory + name) }
        unsafe rmdir(directory)
    }

    func end(_ session: SessionTag) throws {
        try brokerServer.broadcast(.sessionEnded(sessions: [session], sequence: 1))
    }

    // MARK: As the edge

    func open(_ head: ProxyHead, end: Bool = true) async throws -> RPCStream {
        var head = head
        if head.routes == "d" { head.routes = routes.digest }
        return try await edge.open(head: head.encoded(), end: end)
    }

    /// What came back: status, fields and body, or the abort.
    func answer(_ stream: RPCStream) async -> Result<Answer, Abort> {
        var answer = Answer()
        do {
            while true {
                switch try await stream.receive() {
                case .head(let payload): answer.head = try ProxyResponseHead(payload)
                case .body(let piece): answer.body += piece
                case .end: return .success(answer)
                }
            }
        } catch RPCError.aborted(let abort) {
            return .failure(abort)
        } catch {
            return .failure(Abort(.cancelled))
        }
    }

    func exchange(_ head: ProxyHead) async throws -> Result<Answer, Abort> { await answer(try await open(head)) }
}

struct Answer: Equatable {
    var head = ProxyResponseHead(status: 100, fields: [:])
    var body: [UInt8] = []
}

/// A broker that answers passes with numbered tokens.
actor FakeBroker: RPCHandler {
    typealias Socket = WorkerBroker

    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private(set) var redeemed = 0
    private(set) var renewed = 0
    var scope: [ByteString] = ["read"]
    var target: ByteString = "api"
    var refusal: CallError?
    let session: SessionTag

    init(_ loop: Loop) {
        self.loop = loop
        // Sixteen octets are a tag.
        guard let session = SessionTag([UInt8](repeating: 7, count: 16)) else { preconditionFailure() }
        self.session = session
    }

    func set(scope: [ByteString]? = nil, target: ByteString? = nil, refusal: CallError? = nil) {
        self.scope = scope ?? self.scope
        self.target = target ?? self.target
        self.refusal = refusal
    }

    func handle(_ call: RPCCall<WorkerBroker>) async {
        switch call.request {
        case .tokenRedeem: redeemed += 1
        case .tokenRenew: renewed += 1
        }
        if let refusal { return call.fail(refusal) }
        call.reply(
            .token(
                RedeemedToken(
                    accessToken: Secret(ByteString("token-\(redeemed + renewed)")), tokenValidMilliseconds: 60_000,
                    passValidMilliseconds: 20_000, session: session, target: target, scope: scope,
                    claims: JSONObject(), generation: Int64(renewed))))
    }
}

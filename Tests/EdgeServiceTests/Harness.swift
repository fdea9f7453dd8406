import Bytes
import Glibc
import HTTP
import HTTPServer
import HTTPTestSupport
import JSON
import Messages
import Operations
import Platform
import RPC
import Session
import Synchronization
import Testing

@testable import EdgeService

/// A broker that answers from memory.
final class FakeBroker: BrokerDesk {
    struct State {
        /// Handles of live sessions.
        var sessions: [Handle: SessionTag] = [:]
        var calls: [EdgeRequest] = []
        /// What every call fails with.
        var failure: RPCError?
        var passes = 0
    }

    let state = Mutex(State())

    func calls(_ method: ByteString) -> Int { state.withLock { $0.calls.count { $0.method == method } } }

    func call<Call: MethodCall>(_ call: Call, within time: Duration) async throws(RPCError) -> Call.Result
    where Call.Socket == EdgeBroker {
        let request: EdgeRequest = call.request
        let reply = state.withLock { state -> Result<any MessageValue, RPCError> in
            state.calls.append(request)
            if let failure = state.failure { return .failure(failure) }
            return Self.answer(request, &state)
        }
        guard let result = try reply.get() as? Call.Result else { throw .notConnected }
        return result
    }

    private static func answer(_ request: EdgeRequest, _ state: inout State) -> Result<any MessageValue, RPCError> {
        let unknown = RPCError.refused(CallError(.sessionUnknown))
        switch request {
        case .sessionOpen(let call):
            guard let tag = state.sessions[call.handle] else { return .failure(unknown) }
            state.passes += 1
            guard let pass = Pass(ByteString("pass-\(state.passes)")) else { return .failure(unknown) }
            return .success(SessionOpened(pass: pass, validMilliseconds: 30_000, session: tag))
        case .sessionUser(let call):
            return state.sessions[call.handle] == nil ? .failure(unknown) : .success(user)
        case .sessionEnd(let call):
            guard state.sessions.removeValue(forKey: call.handle) != nil else { return .failure(unknown) }
            return .success(SessionEndedReply(logoutURL: "https://provider.example/logout", state: "back"))
        case .loginBegin:
            return .success(
                LoginBegun(
                    authorizationURL: "https://provider.example/authorize?x=y", clientID: "c", scope: "openid",
                    state: "the-state", nonce: "n", codeChallenge: "cc", redirectURI: "http://localhost/bff/callback",
                    provider: "one"))
        case .loginComplete(let call):
            guard call.code == "good" else {
                return .failure(.refused(CallError(.loginFailed, returnTo: "/wanted")))
            }
            state.sessions[call.handle] = SessionTag([UInt8](repeating: 9, count: 16))
            return .success(LoginCompleted(intent: .login, returnTo: "/wanted", user: user))
        }
    }

    private static var user: UserView {
        UserView(claims: JSONObject([("sub", "ada")]), provider: "one", expiresIn: 60, logoutID: "lid")
    }
}

/// A worker that answers by the last segment of the path.
final class FakeWorker: RPCHandler {
    typealias Socket = EdgeWorker

    /// The heads it was sent.
    let heads = Mutex<[ProxyHead]>([])

    func handle(_ stream: RPCStream, from peer: RPCPeer) async {
        do {
            guard case .head(let payload) = try await stream.receive() else { return }
            let head = try ProxyHead(payload)
            let number = heads.withLock { heads in
                heads.append(head)
                return heads.count
            }
            try await answer(stream, head, number)
        } catch { stream.abort(Abort(.upstreamFailed)) }
    }

    private func answer(_ stream: RPCStream, _ head: ProxyHead, _ number: Int) async throws {
        switch head.target {
        case "/api/once-draining" where number == 1: stream.abort(Abort(.notSent, .draining))
        case "/api/draining": stream.abort(Abort(.notSent, .draining))
        case "/api/once-unknown" where number == 1: stream.abort(Abort(.notSent, .passUnknown))
        case "/api/ended": stream.abort(Abort(.notSent, .sessionEnded))
        case "/api/digest": stream.abort(Abort(.notSent, .digestUnknown))
        case "/api/denied": stream.abort(Abort(.policy, .targetDenied))
        case "/api/scope": stream.abort(Abort(.policy, .forbiddenScope))
        case "/api/unknown": stream.abort(Abort(.upstreamFailed))
        case "/api/half":
            try await send(stream, [.contentLength: "10"])
            try await stream.send(Array("half".utf8))
            stream.abort(Abort(.upstreamFailed))
        case "/api/early":
            try await send(stream, [:])
            try await stream.send(Array("early".utf8), end: true)
        default:
            var body: [UInt8] = []
            while case .body(let piece) = try await stream.receive() { body += piece }
            try await send(stream, [.setCookie: "a=b", .cacheControl: "public", .contentType: "text/plain"])
            try await stream.send(Array("got \(body.count)".utf8), end: true)
        }
    }

    private func send(_ stream: RPCStream, _ fields: HTTPFields) async throws {
        try await stream.send(head: ProxyResponseHead(status: 200, fields: fields).encoded())
    }
}

/// An edge on a loop of its own, between a fake broker and a fake worker.
final class Harness {
    static let cookie = String(repeating: "A", count: 43)

    let thread: LoopThread
    let broker = FakeBroker()
    let worker = FakeWorker()
    let cache: SessionCache
    let caches = SessionCaches()
    let frontend: Frontend
    private let server: HTTPServer
    private let pool: WorkerPool
    private let rpc: RPCServer<FakeWorker>
    private let scratch: String
    private let port: UInt16

    init(_ own: EdgeLimits = EdgeLimits(), proxies: TrustedProxies = TrustedProxies()) async throws {
        thread = try LoopThread()
        let loop = thread.loop
        var template = Array("/tmp/cloakroom-edge-XXXXXX".utf8CString)
        scratch = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
        Self.write("\(scratch)/index.html", "<title>front</title>")
        Self.write("\(scratch)/app.js", "run()")
        frontend = try makeFrontend(origin: "http://localhost", files: try StaticFiles(scratch))
        cache = SessionCache(loop, broker: broker)
        caches.add(cache)
        let uid = ProcessHardening.identity.uid
        let log = Log(service: "edge", level: .error)
        pool = WorkerPool(loop, directory: scratch, allowed: [uid], log: log)
        rpc = RPCServer(loop, allowed: [uid], build: "test", handler: worker)
        let clients = ClientLimits(own, Metrics())
        let endpoints = Endpoints(
            login: LoginEndpoint(broker: broker, limits: clients),
            callback: CallbackEndpoint(broker: broker, limits: clients),
            user: UserEndpoint(broker: broker, cache: cache),
            logout: LogoutEndpoint(
                broker: broker, cache: cache, caches: caches, unfinished: UnfinishedLogouts(loop, broker: broker)),
            files: FileEndpoint(loop: loop),
            proxy: ProxyHandler(
                cache: cache, workers: pool, limits: CallerLimits(exchanges: own.exchangesPerSession, Metrics())))
        let tables = EdgeTables(frontends: [frontend], routes: try Self.routes())
        let gateway = Gateway(
            loop, tables: tables, endpoints: endpoints, journal: AccessJournal(log, Metrics()), proxies: proxies,
            limits: clients)
        var limits = HTTPServerLimits()
        limits.http.encodedSlash = .keep
        server = HTTPServer(loop, limits: limits, handler: gateway)
        let address = try await server.serve(Sockets.listen(.v4([127, 0, 0, 1], port: 0)))
        guard case .v4(_, let port)? = address else { throw SystemError(0, call: "listen") }
        self.port = port
        try await rpc.listen("\(scratch)/worker.sock")
        Task(executorPreference: loop) { [pool] in await pool.run() }
        while await !pool.isAvailable { await Task.yield() }
    }

    deinit {
        thread.stopAndJoin()
        _ = unsafe system("rm -rf '\(scratch)'")
    }

    static func routes() throws -> Routes {
        let upstream = #""upstream":{"url":"http://127.0.0.1:9"},"target":"api""#
        let text = """
            {"routes":[
              {"id":"api","path":"/api/","methods":["GET","POST"],\(upstream),"require":{"scopes":["read"]},"limits":{"body":1000}},
              {"id":"scarce","path":"/scarce/",\(upstream),"limits":{"rate":"2/h"}},
              {"id":"files","path":"/files/",\(upstream),"encoded_slash":"keep","slide":false},
              {"id":"pages","path":"/pages/",\(upstream),"on_unauthenticated":"login"}]}
            """
        return try Routes(try JSON.parse(Array(text.utf8), dialect: .configuration), sha256: { Array($0.prefix(32)) })
    }

    private static func write(_ path: String, _ text: String) {
        guard let file = unsafe fopen(path, "w") else { return }
        _ = unsafe fputs(text, file)
        unsafe fclose(file)
    }

    /// Gives the browser's cookie a live session.
    func signIn() throws {
        let handle = try #require(frontend.handle(cookie: Self.cookie.utf8))
        broker.state.withLock { $0.sessions[handle] = SessionTag([UInt8](repeating: 1, count: 16)) }
    }

    /// Sends one request on a connection of its own and reads the answer to its end.
    func send(
        _ line: String, _ fields: [String] = [], cookie: String? = "__Host-cloakroom=\(Harness.cookie)",
        body: String = "",
        chunks: String = ""
    ) throws -> String {
        let client = try RawClient(port: port)
        var head = ["\(line) HTTP/1.1", "Host: localhost", "Connection: close"] + fields
        if let cookie { head.append("Cookie: \(cookie)") }
        if !body.isEmpty { head.append("Content-Length: \(body.utf8.count)") }
        if !chunks.isEmpty { head.append("Transfer-Encoding: chunked") }
        client.send(head.joined(separator: "\r\n") + "\r\n\r\n" + body + chunks)
        return client.read().text
    }

    /// As a script of the frontend.
    func call(_ line: String, _ fields: [String] = [], body: String = "", chunks: String = "") throws -> String {
        try send(line, ["X-CSRF: 1", "Sec-Fetch-Site: same-origin"] + fields, body: body, chunks: chunks)
    }
}

extension String {
    /// The status of an answer.
    var status: Int? { split(separator: " ").dropFirst().first.flatMap { Int($0) } }
}

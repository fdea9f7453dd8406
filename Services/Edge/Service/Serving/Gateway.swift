internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Operations
internal import Platform
internal import Session
internal import Synchronization

/// What the edge serves, swapped as a whole by a reload.
final class EdgeTables: Sendable {
    let frontends: [Frontend]
    let routes: Routes

    init(frontends: [Frontend], routes: Routes) {
        self.frontends = frontends
        self.routes = routes
    }

    /// The frontend of a host; a request that names no host has none.
    func frontend(_ authority: ArraySlice<UInt8>?) -> Frontend? {
        guard let authority else { return nil }
        return frontends.first { frontend in
            let own = frontend.origin.authority.bytes
            if authority.elementsEqual(own) { return true }
            let port = frontend.origin.isSecure ? ":443" : ":80"
            return authority.count > own.count && authority.elementsEqual(own + port.utf8)
        }
    }

    /// Whether a path asks whether this process is alive. Balancers know no host.
    func isHealthCheck(_ path: ArraySlice<UInt8>) -> Bool {
        frontends.contains { path.elementsEqual($0.prefix.bytes + "/healthz".utf8) }
    }
}

/// Takes every request of the browsers' listener: finds its frontend and its destination, has it answered, and writes
/// the access log.
final class Gateway: HTTPHandler {
    private let loop: Loop
    private let tables: Mutex<EdgeTables>
    private let endpoints: Endpoints
    private let journal: AccessJournal
    private let proxies: TrustedProxies
    private let limits: ClientLimits
    private let ids = RequestIDs()
    private let bareFields = AnswerFields.own(isSecure: false)

    init(
        _ loop: Loop, tables: EdgeTables, endpoints: Endpoints, journal: AccessJournal, proxies: TrustedProxies,
        limits: ClientLimits
    ) {
        self.loop = loop
        self.tables = Mutex(tables)
        self.endpoints = endpoints
        self.journal = journal
        self.proxies = proxies
        self.limits = limits
    }

    /// From now on requests are served by these tables; those under way end by the old ones.
    func replace(_ tables: EdgeTables) { self.tables.withLock { $0 = tables } }

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) async {
        let began = loop.now
        let id = ids.next()
        let client = proxies.client(of: request)
        let tables = tables.withLock { $0 }
        var entry = AccessJournal.Entry(request, client, id)
        if let frontend = tables.frontend(request.head.target.authorityBytes) {
            let visit = Visit(request, responder, frontend, from: client, requestID: id)
            entry.frontend = frontend.id
            await serve(visit, tables, &entry)
        } else {
            await responder.send(answerWithoutFrontend(request, tables, id))
        }
        entry.progress = await responder.progress
        journal.note(entry, took: Instant.now() - began)
    }

    private func serve(_ visit: Visit, _ tables: EdgeTables, _ entry: inout AccessJournal.Entry) async {
        let destination = Router.destination(visit.head, visit.frontend, tables.routes)
        do throws(Problem) {
            switch destination {
            case .route(let route):
                entry.route = route.id
                try await endpoints.proxy.serve(visit, route, digest: tables.routes.digest)
            case .endpoint(let endpoint):
                try limits.check(endpoint, visit.caller, now: loop.now)
                await send(try await endpoints.respond(endpoint, visit), visit)
            case .file: try await endpoints.files.respond(visit, tables.routes)
            case .preflight(let methods): await send(CrossOrigin.preflight(methods, visit), visit)
            case .refused(let problem): throw problem
            }
        } catch {
            entry.problem = error.code
            await send(answer(error, destination, visit), visit)
        }
    }

    private func send(_ response: HTTPResponse, _ visit: Visit) async {
        var response = response
        CrossOrigin.open(&response.fields, visit)
        if let id = FieldValue(visit.requestID) { response.fields.append(.xRequestID, id) }
        await visit.responder.send(response)
    }

    // MARK: Problems

    /// An API always answers with a document, and never with a redirect; a page leads to a login.
    private func answer(_ problem: Problem, _ destination: Destination, _ visit: Visit) -> HTTPResponse {
        var problem = problem
        if problem.code.status == 401 { problem.loginURL = visit.frontend.loginPath(returningTo: nil) }
        guard case .route(let route) = destination else {
            return visit.answer(problem, asPage: visit.showsPage, link: link(problem, destination, visit))
        }
        guard route.onUnauthenticated == .login else { return visit.answer(problem, asPage: false) }
        if problem.code.status == 401 { return arrival(problem, visit) }
        return visit.answer(problem, asPage: visit.showsPage)
    }

    /// Someone without a session wants a page that needs one.
    private func arrival(_ problem: Problem, _ visit: Visit) -> HTTPResponse {
        let arrival = Arrival(
            visit.method, visit.metadata, hasSession: false, hasCookie: visit.credential != .none,
            wantsPage: visit.head.fields.acceptsHTML)
        let place = visit.frontend.returnPath(visit.head.target.originForm)
        switch arrival {
        case .serve, .refuse: return visit.answer(problem, asPage: false)
        case .bounce:
            guard let place else { fallthrough }
            return visit.page(200, Page.bounce(to: place))
        case .login:
            let login = FieldValue(visit.frontend.loginPath(returningTo: place)) ?? "/"
            var response = visit.redirect(302, to: login)
            if problem.clearsSession { response.fields.append(visit.frontend.cookies.sessionCookie(.empty)?.deletion) }
            return response
        }
    }

    private func link(_ problem: Problem, _ destination: Destination, _ visit: Visit) -> PageLink {
        switch destination {
        case .endpoint(.callback), .endpoint(.login):
            return PageLink(text: "Sign in again", path: visit.frontend.loginPath(returningTo: nil))
        default: return PageLink(text: "Go to the start page", path: "/")
        }
    }

    private func answerWithoutFrontend(_ request: HTTPRequest, _ tables: EdgeTables, _ id: ByteString) -> HTTPResponse {
        if tables.isHealthCheck(request.head.target.pathBytes) { return Self.alive(bareFields) }
        let parts = Problem(.misdirected).document(id, fields: bareFields)
        return HTTPResponse(status: 421, fields: parts.fields, body: parts.body)
    }

    /// One bit for balancers.
    static func alive(_ fields: HTTPFields) -> HTTPResponse {
        var fields = fields
        fields.set(.contentType, "text/plain; charset=utf-8")
        return HTTPResponse(status: 200, fields: fields, body: Array("ok\n".utf8))
    }

    func rejection(_ fault: HTTPFault, from client: HTTPClientAddress) -> HTTPResponse {
        let id = ids.next()
        var problem = Problem(fault.problemCode)
        problem.detail = ByteString(fault.reason)
        let parts = problem.document(id, fields: bareFields, status: fault.status)
        journal.noteRejection(fault, client, id)
        return HTTPResponse(status: fault.status, fields: parts.fields, body: parts.body)
    }
}

extension HTTPFault {
    fileprivate var problemCode: Problem.Code {
        switch self {
        case .bodyTooLarge: .contentTooLarge
        case .unknownMethod: .methodNotAllowed
        default: .malformedRequest
        }
    }
}

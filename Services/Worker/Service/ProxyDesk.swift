internal import Bytes
internal import HTTP
internal import HTTPClient
internal import Messages
internal import Operations
internal import Platform
internal import RPC
internal import Session

/// Carries exchanges from edges to upstreams: matches the route again, attaches the token, cleans the fields in both
/// directions, and passes the bodies on as they come.
actor ProxyDesk: RPCHandler {
    typealias Socket = EdgeWorker

    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let client: HTTPClient
    private let tokens: TokenCache
    private let journal: ExchangeJournal
    private var routes: RouteSets
    /// Exchanges that have reached the upstream.
    private var live: [UInt64: Passage] = [:]
    private var lastNumber: UInt64 = 0

    init(_ loop: Loop, client: sending HTTPClient, tokens: TokenCache, routes: Routes, journal: ExchangeJournal) {
        self.loop = loop
        self.client = client
        self.tokens = tokens
        self.routes = RouteSets(routes)
        self.journal = journal
    }

    func replaceRoutes(_ new: Routes) { routes.replace(with: new, now: loop.now) }

    func handle(_ stream: RPCStream, from peer: RPCPeer) async {
        let start = loop.now
        do throws(ExchangeFailure) {
            journal.answered(try await serve(stream), took: loop.now - start)
        } catch {
            switch error {
            case .refused(let abort):
                journal.refused(abort)
                stream.abort(abort)
            case .edgeGone: journal.abandoned()
            }
        }
    }

    // MARK: The exchange

    /// Answers with the upstream's status.
    private func serve(_ stream: RPCStream) async throws(ExchangeFailure) -> UInt16 {
        let head = try await head(of: stream)
        let (route, target, origin) = try routes.route(for: head, now: loop.now).orRefuse()
        let token = try await authorize(head, route)
        let body = try await announcement(head, route, stream)
        let call = Call(head, route, target, origin, body)
        var number = try await send(call, token, stream)
        defer { live[number] = nil }
        if body.follows { upload(number, call, stream) } else { try finishRequest(number, call) }
        var response = try await response(number, call)
        if response.status == 401, let token, let next = await replacement(for: token, call) {
            live.removeValue(forKey: number)?.exchange.cancel()
            number = try await send(call, next, stream)
            try finishRequest(number, call)
            response = try await self.response(number, call)
        }
        try await answer(stream, number, call, response)
        return response.status
    }

    private func head(of stream: RPCStream) async throws(ExchangeFailure) -> ProxyHead {
        guard case .head(let payload) = try await part(of: stream) else { throw .invalidRequest }
        do throws(MessageError) { return try ProxyHead(payload) } catch { throw .invalidRequest }
    }

    /// How long an edge may pause within a request: it sees to it itself that its clients do not pause as long.
    private static let patience: Duration = .seconds(600)

    private func part(of stream: RPCStream) async throws(ExchangeFailure) -> StreamPart {
        do throws(RPCError) { return try await stream.receive(within: Self.patience) } catch { throw .edgeGone }
    }

    private func authorize(_ head: ProxyHead, _ route: Route) async throws(ExchangeFailure) -> HeldToken? {
        guard let pass = head.pass else {
            guard route.session != .required else { throw .refused(Abort(.policy, .passUnknown)) }
            return nil
        }
        guard route.session != .none, let target = route.target else { throw .refused(Abort(.policy, .targetDenied)) }
        let token = try await tokens.token(pass).orRefuse()
        guard token.target == target else { throw .refused(Abort(.policy, .targetDenied)) }
        if let refusal = Authorization.refusal(route.requirement, scope: token.scope, claims: token.claims) {
            throw .refused(refusal)
        }
        return token
    }

    /// Whether there is a body, and how long: a length is announced, anything else shows when the first piece comes.
    private func announcement(
        _ head: ProxyHead, _ route: Route, _ stream: RPCStream
    ) async throws(ExchangeFailure) -> RequestBody {
        if let announced = try head.announcedBody(limit: route.limits.body).orRefuse() { return announced }
        switch try await part(of: stream) {
        case .end: return RequestBody(framing: .none)
        case .body(let piece): return RequestBody(framing: .chunked, first: piece)
        case .head: throw .invalidRequest
        }
    }

    /// The next token, when the upstream may have refused this one because it ended early: for requests that may be
    /// sent twice (RFC 9110 section 9.2.2).
    private func replacement(for token: HeldToken, _ call: Call) async -> HeldToken? {
        guard call.head.method.isSafe, !call.body.follows, let pass = call.head.pass else { return nil }
        guard case .success(let next) = await tokens.renewed(pass, after: token),
            next.fingerprint != token.fingerprint, next.target == token.target
        else { return nil }
        return next
    }

    // MARK: Request

    private func send(
        _ call: Call, _ token: HeldToken?, _ stream: RPCStream
    ) async throws(ExchangeFailure) -> UInt64 {
        guard let target = call.route.upstreamTarget(call.target),
            let fields = HeaderPolicy.request(
                call.head, via: routes.via(for: call.head.routes), bearer: token?.bearer)
        else { throw .invalidRequest }
        let request = ClientRequest(call.head.method, call.origin, target, fields: fields, framing: call.body.framing)
        let exchange: Exchange
        do throws(HTTPClientError) {
            exchange = try await client.send(request, call.route.deadlines(call.head.deadline))
        } catch {
            throw failure(error, call)
        }
        lastNumber += 1
        let number = lastNumber
        live[number] = Passage(exchange)
        stream.onAbort { [weak self] in self?.assumeIsolated { $0.cancel(number) } }
        return number
    }

    private func finishRequest(_ number: UInt64, _ call: Call) throws(ExchangeFailure) {
        guard let exchange = live[number]?.exchange else { throw .edgeGone }
        do throws(HTTPClientError) { try exchange.finish() } catch { throw failure(error, call, number) }
    }

    /// Passes the request's body on while the response may already be coming.
    private func upload(_ number: UInt64, _ call: Call, _ stream: RPCStream) {
        Task(executorPreference: loop) { await self.passOn(number, call, stream) }
    }

    private func passOn(_ number: UInt64, _ call: Call, _ stream: RPCStream) async {
        do {
            var left = call.route.limits.body
            var next = call.body.first ?? []
            repeat {
                guard let passage = live[number] else { return }
                guard next.count <= left else { return passage.refuse(Abort(.policy, .requestTooLarge)) }
                left -= UInt64(next.count)
                try await passage.exchange.write(next[...])
            } while try await take(stream, &next)
            try live[number]?.exchange.finish()
        } catch is RPCError {
            live[number]?.exchange.cancel()
        } catch {
            // The upstream has answered early or has gone: whoever reads the response learns which.
        }
    }

    /// The next piece of the request's body; false at its end.
    private func take(_ stream: RPCStream, _ piece: inout [UInt8]) async throws(RPCError) -> Bool {
        guard case .body(let body) = try await stream.receive(within: Self.patience) else { return false }
        piece = body
        return true
    }

    // MARK: Response

    private func response(_ number: UInt64, _ call: Call) async throws(ExchangeFailure) -> ResponseHead {
        guard let exchange = live[number]?.exchange else { throw .edgeGone }
        do throws(HTTPClientError) { return try await exchange.response() } catch {
            throw failure(error, call, number)
        }
    }

    private func answer(
        _ stream: RPCStream, _ number: UInt64, _ call: Call, _ response: ResponseHead
    ) async throws(ExchangeFailure) {
        guard let exchange = live[number]?.exchange else { throw .edgeGone }
        let fields = HeaderPolicy.response(response.fields, call.route)
        let head = ProxyResponseHead(status: response.status, fields: fields)
        do {
            switch response.framing {
            case .none, .length(0):
                _ = try await exchange.nextBody()
                try await stream.send(head: head, end: true)
            case .length(let length):
                try await stream.send(head: head)
                try await passBack(exchange, stream, length)
            case .chunked, .untilClose:
                try await stream.send(head: head)
                while let piece = try await exchange.nextBody() { try await stream.send(piece) }
                await stream.finish()
            }
        } catch let error as HTTPClientError {
            throw failure(error, call, number)
        } catch RPCError.tooLong {
            throw .refused(Abort(.upstreamFailed, .responseTooLarge))
        } catch {
            exchange.cancel()
            throw .edgeGone
        }
    }

    /// A body whose length is known ends with its last piece, without a frame for the end alone.
    private func passBack(_ exchange: Exchange, _ stream: RPCStream, _ length: UInt64) async throws {
        var left = length
        while let piece = try await exchange.nextBody() {
            left -= min(UInt64(piece.count), left)
            // The end, which has come with it: the connection is free before the edge has taken the piece.
            if left == 0 { _ = try await exchange.nextBody() }
            try await stream.send(piece, end: left == 0)
        }
    }

    // MARK: Failures

    private func failure(_ error: HTTPClientError, _ call: Call, _ number: UInt64? = nil) -> ExchangeFailure {
        if let refusal = number.flatMap({ live[$0]?.refusal }) { return .refused(refusal) }
        if error.kind == .cancelled { return .edgeGone }
        journal.failed(error, call)
        return .refused(error.abort)
    }

    /// The edge has given up: so does the upstream request.
    private func cancel(_ number: UInt64) { live[number]?.exchange.cancel() }
}

/// What the edge asks for, checked.
final class Call: Sendable {
    let head: ProxyHead
    let route: Route
    let target: RequestTarget
    let origin: Origin
    let body: RequestBody

    init(_ head: ProxyHead, _ route: Route, _ target: RequestTarget, _ origin: Origin, _ body: RequestBody) {
        self.head = head
        self.route = route
        self.target = target
        self.origin = origin
        self.body = body
    }
}

/// A request that has reached its upstream.
private final class Passage {
    let exchange: Exchange
    /// Why this side ended it.
    private(set) var refusal: Abort?

    init(_ exchange: Exchange) { self.exchange = exchange }

    func refuse(_ abort: Abort) {
        refusal = abort
        exchange.cancel()
    }
}

/// Why an exchange ends without its proper answer.
private enum ExchangeFailure: Error {
    /// The edge is told.
    case refused(Abort)
    /// There is nobody to tell.
    case edgeGone

    static let invalidRequest = ExchangeFailure.refused(Abort(.policy, .requestInvalid))
}

extension Result where Failure == Abort {
    fileprivate func orRefuse() throws(ExchangeFailure) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let abort): throw .refused(abort)
        }
    }
}

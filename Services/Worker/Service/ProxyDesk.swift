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
    private let log: Log
    private var routes: RouteSets
    /// Exchanges that have reached the upstream.
    private var live: [UInt64: Exchange] = [:]
    private var lastNumber: UInt64 = 0

    init(_ loop: Loop, client: sending HTTPClient, tokens: TokenCache, routes: Routes, log: Log) {
        self.loop = loop
        self.client = client
        self.tokens = tokens
        self.routes = RouteSets(routes)
        self.log = log
    }

    func replaceRoutes(_ new: Routes) { routes.replace(with: new, now: loop.now) }

    func handle(_ stream: RPCStream, from peer: RPCPeer) async {
        do throws(ExchangeFailure) { try await serve(stream) } catch {
            switch error {
            case .refused(let abort): stream.abort(abort)
            case .edgeGone: break
            }
        }
    }

    // MARK: The exchange

    private func serve(_ stream: RPCStream) async throws(ExchangeFailure) {
        let head = try await head(of: stream)
        let (route, target) = try routes.route(for: head, now: loop.now).orRefuse()
        let token = try await authorize(head, route)
        let hasBody = head.fields.contains(.contentLength) || head.fields.contains(.transferEncoding)
        var number = try await send(head, route, target, token, stream)
        defer { live[number] = nil }
        if hasBody { upload(number, stream) } else { try finishRequest(number) }
        var response = try await response(number)
        if response.status == 401, let token, let pass = head.pass, head.method.isSafe, !hasBody {
            // The provider may have ended the token early; one more try with the next one.
            if case .success(let next) = await tokens.renewed(pass, after: token), next.fingerprint != token.fingerprint
            {
                live[number]?.cancel()
                live[number] = nil
                number = try await send(head, route, target, next, stream)
                try finishRequest(number)
                response = try await self.response(number)
            }
        }
        try await answer(stream, number, response)
    }

    private func head(of stream: RPCStream) async throws(ExchangeFailure) -> ProxyHead {
        do {
            guard case .head(let payload) = try await stream.receive() else { throw Abort(.notSent, .requestInvalid) }
            return try ProxyHead(payload)
        } catch { throw .refused(Abort(.notSent, .requestInvalid)) }
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

    // MARK: Request

    private func send(
        _ head: ProxyHead, _ route: Route, _ target: RequestTarget, _ token: HeldToken?, _ stream: RPCStream
    ) async throws(ExchangeFailure) -> UInt64 {
        guard let origin = route.upstream.origin, let fields = HeaderPolicy.request(head, bearer: token?.bearer),
            let upstreamTarget = route.upstreamTarget(target), let framing = head.framing(limit: route.limits.body)
        else { throw .refused(Abort(.policy, .requestInvalid)) }
        let request = ClientRequest(head.method, origin, upstreamTarget, fields: fields, framing: framing)
        let exchange: Exchange
        do throws(HTTPClientError) { exchange = try await client.send(request, route.deadlines(head.deadline)) } catch {
            throw refusal(error)
        }
        lastNumber += 1
        let number = lastNumber
        live[number] = exchange
        stream.onAbort { [weak self] in self?.assumeIsolated { $0.cancel(number) } }
        return number
    }

    private func finishRequest(_ number: UInt64) throws(ExchangeFailure) {
        guard let exchange = live[number] else { throw .edgeGone }
        do throws(HTTPClientError) { try exchange.finish() } catch { throw refusal(error) }
    }

    /// Passes the request's body on while the response may already be coming.
    private func upload(_ number: UInt64, _ stream: RPCStream) {
        Task(executorPreference: loop) { await self.passOn(number, stream) }
    }

    private func passOn(_ number: UInt64, _ stream: RPCStream) async {
        do {
            while case .body(let piece) = try await stream.receive() {
                guard let exchange = live[number] else { return }
                try await exchange.write(piece[...])
            }
            guard let exchange = live[number] else { return }
            try exchange.finish()
        } catch is RPCError {
            live[number]?.cancel()
        } catch {
            // The upstream has answered early or has gone: whoever reads the response learns which.
        }
    }

    // MARK: Response

    private func response(_ number: UInt64) async throws(ExchangeFailure) -> ResponseHead {
        guard let exchange = live[number] else { throw .edgeGone }
        do throws(HTTPClientError) { return try await exchange.response() } catch { throw refusal(error) }
    }

    private func answer(
        _ stream: RPCStream, _ number: UInt64, _ response: ResponseHead
    ) async throws(ExchangeFailure) {
        guard let exchange = live[number] else { throw .edgeGone }
        let head = ProxyResponseHead(status: response.status, fields: HeaderPolicy.response(response.fields)).encoded()
        do {
            try await stream.send(head: head)
            while let piece = try await exchange.nextBody() { try await stream.send(piece) }
            await stream.finish()
        } catch let error as HTTPClientError {
            throw refusal(error)
        } catch {
            exchange.cancel()
            throw .edgeGone
        }
    }

    private func refusal(_ error: HTTPClientError) -> ExchangeFailure {
        if error.kind == .cancelled { return .edgeGone }
        log.warning("upstream_failed") { line in
            line.add("phase", "\(error.phase)")
            line.add("kind", "\(error.kind)")
            line.add("detail", error.detail)
        }
        return .refused(error.abort)
    }

    /// The edge has given up: so does the upstream request.
    private func cancel(_ number: UInt64) { live[number]?.cancel() }
}

/// Why an exchange ends without its proper answer.
private enum ExchangeFailure: Error {
    /// The edge is told.
    case refused(Abort)
    /// There is nobody to tell.
    case edgeGone
}

extension Result where Failure == Abort {
    fileprivate func orRefuse() throws(ExchangeFailure) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let abort): throw .refused(abort)
        }
    }
}

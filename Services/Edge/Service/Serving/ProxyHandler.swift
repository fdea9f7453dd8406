internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Messages
internal import Platform
internal import RPC
internal import Session

/// Serves routes through a worker: credential → pass → worker → answer. This is the hot path.
struct ProxyHandler {
    let cache: SessionCache
    let workers: WorkerPool
    let limits: CallerLimits

    /// Answers a request of a route; throws what the browser is told instead, as long as nothing has been answered.
    func serve(_ visit: Visit, _ route: Route, digest: ByteString) async throws(Problem) {
        try Gatekeeper.refuseLoop(visit, digest: digest)
        try Gatekeeper.check(route, visit)
        if case .length(let length) = visit.head.framing, length > route.limits.body {
            // Nobody waits for it either: the answer ends the connection.
            await visit.request.abandonBody()
            throw Problem(.contentTooLarge)
        }
        if visit.request.hasBody { await visit.request.limitBody(to: route.limits.body) }
        let delivery = Delivery(visit, route, digest, try await passage(visit, route))
        let caller = delivery.passage.map { Caller.session($0.session.hashPrefix) } ?? .client(visit.caller)
        try limits.begin(route, caller, now: workers.loop.now)
        defer { limits.end(caller) }
        try await deliver(delivery)
    }

    private func deliver(_ delivery: Delivery) async throws(Problem) {
        while true {
            let worker = try await worker(for: delivery)
            let outcome = await attempt(delivery, worker)
            worker.end()
            switch outcome {
            case .answered: return
            case .failed(let failure) where failure.isAbandoned: return
            case .failed(let failure):
                if failure.isUnknownPass { await forgetPass(of: delivery) }
                switch delivery.next(after: failure, worker) {
                case .giveUp(let problem): throw problem
                case .tryAnotherWorker: break
                case .askForAnotherPass: delivery.passage = try await passage(delivery.visit, delivery.route)
                }
            }
        }
    }

    /// The pass for this request; nil where none is needed.
    private func passage(_ visit: Visit, _ route: Route) async throws(Problem) -> Passage? {
        guard route.session != .none, let target = route.target else { return nil }
        guard let handle = visit.handle else {
            if route.session == .optional { return nil }
            throw Problem(.unauthenticated)
        }
        do throws(Problem) {
            let key = PassTable.Key(handle: handle, target: target, slides: route.slide)
            return try await cache.passage(key, frontend: visit.frontend.id)
        } catch {
            // A dead session is none; but what cannot be found out now is not taken for none.
            if route.session == .optional, error.clearsSession { return nil }
            throw error
        }
    }

    private func forgetPass(of delivery: Delivery) async {
        guard let passage = delivery.passage, let handle = delivery.visit.handle, let target = delivery.route.target
        else { return }
        await cache.forget(passage, PassTable.Key(handle: handle, target: target, slides: delivery.route.slide))
    }

    private func worker(for delivery: Delivery) async throws(Problem) -> Worker {
        let session = delivery.passage?.session.hashPrefix ?? delivery.spread
        guard let worker = await workers.choose(session, except: delivery.tried) else {
            throw delivery.lastProblem ?? Problem(.workerUnavailable)
        }
        return worker
    }

    // MARK: One attempt

    enum Outcome {
        case answered
        case failed(Delivery.Failure)
    }

    private func attempt(_ delivery: Delivery, _ worker: Worker) async -> Outcome {
        let hasBody = delivery.visit.request.hasBody
        let stream: RPCStream
        do throws(RPCError) { stream = try await worker.client.open(head: delivery.head, end: !hasBody) } catch {
            return .failed(Delivery.Failure(error))
        }
        await delivery.visit.request.onAbort { stream.abort(Abort(.cancelled)) }
        guard hasBody else { return await Relay(delivery, stream).run() }
        return await exchangeWithBody(delivery, stream)
    }

    /// Content goes up while the answer may come down already.
    private func exchangeWithBody(_ delivery: Delivery, _ stream: RPCStream) async -> Outcome {
        let (request, content, limit) = (delivery.visit.request, delivery.content, delivery.headLimit)
        async let upload = upload(request, stream, content, limit)
        let outcome = await Relay(delivery, stream).run()
        guard case .failed(var failure) = outcome else {
            await delivery.visit.request.abandonBody()
            _ = await upload
            return .answered
        }
        if !failure.isCurable { await delivery.visit.request.abandonBody() }
        failure.body = await upload
        return .failed(failure)
    }

    private func upload(
        _ request: HTTPRequest, _ stream: RPCStream, _ content: ReadContent, _ headLimit: Duration
    ) async -> Upload.Result {
        var upload = Upload(request, stream, content, headLimit: headLimit)
        return await upload.run()
    }
}

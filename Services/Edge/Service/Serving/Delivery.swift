internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Messages
internal import RPC
internal import Session

/// A request on its way to a worker: its head, and what may be done when an attempt fails. Decisions only.
final class Delivery {
    let visit: Visit
    let route: Route
    private let digest: ByteString
    /// Changes when the first one was not known any more.
    var passage: Passage?
    /// What has been read of the request's content for the attempts so far.
    private(set) var content = ReadContent()
    private(set) var tried: [Worker] = []
    /// Why the last attempt failed: the answer when there is no other worker.
    private(set) var lastProblem: Problem?
    private var attempts = 0
    private var hasAskedAgain = false
    private var hasRepeated = false

    init(_ visit: Visit, _ route: Route, _ digest: ByteString, _ passage: Passage?) {
        self.visit = visit
        self.route = route
        self.digest = digest
        self.passage = passage
    }

    /// Spreads requests without a session over the workers.
    var spread: UInt64 { UInt64(truncatingIfNeeded: visit.requestID.hashValue) }

    // MARK: Patience

    /// How long a worker may take to the head of its answer, from the end of the request: longer than it waits itself,
    /// which is twice for a token and four times for the upstream: it may try again with another token, and each time
    /// once more when a kept connection ends without a word.
    var headLimit: Duration {
        .seconds(40) + .milliseconds(4 * (Int64(route.timeouts.connect) + Int64(route.timeouts.firstByte)))
    }

    /// As `headLimit`, from one piece of the answer to the next.
    var pieceLimit: Duration { .seconds(10) + .milliseconds(Int64(route.timeouts.idle)) }

    // MARK: Head

    var head: ProxyHead {
        let target = visit.head.target
        return ProxyHead(
            route: route.id, routes: digest, pass: passage?.pass, method: visit.method, target: target.originForm,
            fields: fields, requestID: visit.requestID, client: visit.client.host,
            proto: visit.frontend.origin.isSecure ? .https : .http, host: visit.frontend.origin.authority,
            deadline: ExchangeDeadline(
                firstByte: route.timeouts.firstByte, idle: route.timeouts.idle, total: route.timeouts.total))
    }

    /// What of the browser's fields goes on: nothing that belongs to this connection, and no credential of ours.
    private var fields: HTTPFields {
        var fields = visit.head.fields
        fields.removeHopByHop()
        fields.remove(visit.frontend.withheld)
        return fields
    }

    // MARK: After a failure

    /// Why an attempt ended without an answer.
    struct Failure {
        let error: RPCError
        /// What became of the request's content meanwhile; nil when none was read.
        var body: Upload.Result?

        init(_ error: RPCError) { self.error = error }

        /// The browser has gone: there is nobody to tell.
        var isAbandoned: Bool {
            if case .broken = body { return false }
            return error == .aborted(Abort(.cancelled))
        }

        var isUnknownPass: Bool {
            if case .aborted(let abort) = error { abort.code == .passUnknown } else { false }
        }

        /// Whether it is certain that nothing was done, and another worker or another pass may help.
        var isCurable: Bool { isUnknownPass || error.isCertainlyNotSent && Delivery.mayHelp(error) }
    }

    enum Next {
        case giveUp(Problem)
        case tryAnotherWorker
        case askForAnotherPass
    }

    /// Decides after a failed attempt. Nothing is ever sent twice to an upstream unless it is certain that it was not
    /// sent, or the request is one that may be repeated (RFC 9110 §9.2.2); long content that was read is gone.
    func next(after failure: Failure, _ worker: Worker) -> Next {
        switch failure.body {
        case .broken(let error)?: return .giveUp(error.problem)
        case .sent(let content)?: self.content = content
        case nil: break
        }
        let isReplayable = failure.body == nil || content.isWhole
        guard isReplayable else { return .giveUp(problem(failure.error)) }
        switch failure.error {
        case _ where failure.isUnknownPass && passage != nil && !hasAskedAgain:
            hasAskedAgain = true
            return .askForAnotherPass
        case let error where error.isCertainlyNotSent && Self.mayHelp(error):
            return retry(without: worker, or: error)
        case .lost(headLeft: true) where visit.method.isSafe && !visit.request.hasBody && !hasRepeated:
            hasRepeated = true
            return retry(without: worker, or: failure.error)
        case let error: return .giveUp(problem(error))
        }
    }

    private func retry(without worker: Worker, or error: RPCError) -> Next {
        attempts += 1
        // One that drains may have a successor under its name, which is as good as another worker.
        if !Self.isDraining(error) { tried.append(worker) }
        let problem = problem(error)
        lastProblem = problem
        return attempts < 3 ? .tryAnotherWorker : .giveUp(problem)
    }

    private static func isDraining(_ error: RPCError) -> Bool {
        if case .aborted(let abort) = error { abort.code == .draining } else { false }
    }

    /// Whether another worker may do what this one did not.
    private static func mayHelp(_ error: RPCError) -> Bool {
        guard case .aborted(let abort) = error else { return error != .tooLong }
        switch abort.code {
        case nil, .busy?, .draining?, .digestUnknown?: return true
        default: return false
        }
    }

    /// What the browser is told.
    private func problem(_ error: RPCError) -> Problem {
        switch error {
        case .aborted(let abort): problem(abort)
        case .lost(headLeft: true): Problem(.outcomeUnknown)
        case .notConnected, .lost(headLeft: false): Problem(.workerUnavailable)
        case .busy: Problem(.busy)
        case .timedOut: Problem(.upstreamTimeout)
        case .tooLong: Problem(.malformedRequest, "The header fields are too long.")
        case .refused, .invalid: Problem(.internalError)
        }
    }

    private func problem(_ abort: Abort) -> Problem {
        var problem = Problem(code(abort))
        switch abort.code {
        case .sessionEnded?: problem.clearsSession = true
        case .targetDenied?: problem.detail = "The worker or the session may not have a token of the route's target."
        case .digestUnknown?: problem.detail = "Edge and worker have read different routes."
        case .forbiddenScope?:
            problem.detail = "The session was not granted all of these scopes: " + joined(route.requirement.scopes)
        case .forbiddenRole?:
            problem.detail = "The user has none of these roles: " + joined(route.requirement.roles)
        default: break
        }
        problem.retryAfterSeconds = abort.retryAfterMilliseconds.map { UInt64($0) / 1000 + 1 }
        return problem
    }

    private func code(_ abort: Abort) -> Problem.Code {
        switch abort.code {
        case .sessionEnded?: .sessionEnded
        case .targetDenied?: .targetDenied
        case .refreshFailed?: .tokenUnavailable
        case .forbiddenScope?: .forbiddenScope
        case .forbiddenRole?: .forbiddenRole
        case .routeUnknown?, .methodUnknown?, .digestUnknown?: .routesChanging
        case .requestInvalid?: .malformedRequest
        case .busy?, .draining?: .busy
        case .passUnknown?, .brokerUnavailable?: .brokerUnavailable
        case .upstreamTimeout?: .upstreamTimeout
        case .upstreamUnreachable?: .upstreamUnreachable
        case .upstreamInvalid?, .upstreamClosed?: .upstreamInvalid
        case .requestTooLarge?: .contentTooLarge
        case .responseTooLarge?: .responseTooLarge
        case nil: code(abort.reason)
        }
    }

    private func code(_ reason: Abort.Reason) -> Problem.Code {
        switch reason {
        case .notSent: .workerUnavailable
        case .upstreamFailed: .outcomeUnknown
        case .deadline: .upstreamTimeout
        case .cancelled, .policy: .internalError
        }
    }

    private func joined(_ texts: [ByteString]) -> ByteString {
        ByteString(Array(texts.map(\.bytes).joined(separator: Array(", ".utf8)))) + "."
    }
}

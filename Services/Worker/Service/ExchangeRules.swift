internal import Bytes
internal import HTTP
internal import HTTPClient
internal import Messages
internal import Session

/// What is known of a request's body before it is passed on.
struct RequestBody: Equatable {
    /// How the upstream is told.
    let framing: BodyFraming
    /// The first piece, where one had to come to know that there is a body.
    var first: [UInt8]?

    /// Whether pieces are to be passed on.
    var follows: Bool {
        switch framing {
        case .none, .length(0): false
        case .length, .chunked, .untilClose: true
        }
    }
}

extension ProxyHead {
    /// The body whose length the request says; nil when it says none. The fields have no other framing: the browser's
    /// transfer coding ended in the edge.
    func announcedBody(limit: UInt64) -> Result<RequestBody?, Abort> {
        guard fields.contains(.contentLength) else { return .success(nil) }
        guard let value = fields.only(.contentLength), let length = Decimal.parse(value.bytes) else {
            return .failure(Abort(.policy, .requestInvalid))
        }
        guard length <= limit else { return .failure(Abort(.policy, .requestTooLarge)) }
        return .success(RequestBody(framing: .length(length)))
    }
}

extension RouteUpstream {
    var origin: Origin? { Origin(scheme: scheme == .https ? .https : .http, host: host, port: port) }
}

extension Route {
    /// The shorter of what the route says and what the edge asks.
    func deadlines(_ asked: ExchangeDeadline) -> ExchangeDeadlines {
        let total = [timeouts.total, asked.total].compactMap { $0 }.min()
        return ExchangeDeadlines(
            connect: .milliseconds(Int64(timeouts.connect)),
            firstByte: .milliseconds(Int64(min(timeouts.firstByte, asked.firstByte))),
            idle: .milliseconds(Int64(min(timeouts.idle, asked.idle))), total: total.map { .milliseconds(Int64($0)) })
    }
}

extension HTTPClientError {
    /// What the edge is told. What never left may be tried elsewhere.
    var abort: Abort {
        switch kind {
        case .timedOut: Abort(sent ? .deadline : .notSent, .upstreamTimeout)
        case .unresolved, .addressRefused, .unreachable, .untrusted, .tls: Abort(.notSent, .upstreamUnreachable)
        case .overloaded: Abort(.notSent, .busy)
        case .connectionClosed: Abort(sent ? .upstreamFailed : .notSent, .upstreamClosed)
        case .invalidResponse, .notWanted: Abort(.upstreamFailed, .upstreamInvalid)
        case .tooLarge: Abort(.upstreamFailed, .responseTooLarge)
        case .bodyMismatch: Abort(.policy, .requestInvalid)
        case .cancelled: Abort(.cancelled)
        }
    }
}

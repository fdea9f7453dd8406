internal import Bytes
internal import HTTP
internal import HTTPClient
internal import Messages
internal import Session

extension ProxyHead {
    /// What is announced of the request's body; nil when that is no valid announcement, or longer than the route takes.
    func framing(limit: UInt64) -> BodyFraming? {
        guard fields.contains(.contentLength) else {
            return fields.contains(.transferEncoding) ? .chunked : BodyFraming.none
        }
        guard !fields.contains(.transferEncoding), let value = fields.only(.contentLength),
            let length = Decimal.parse(value.bytes), length <= limit
        else { return nil }
        return .length(length)
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

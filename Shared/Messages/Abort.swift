public import Bytes
import JSON

/// Why one side ends a stream at once: the payload of an abort frame.
public struct Abort: Error, Sendable, Hashable {
    /// What the other side may conclude.
    public enum Reason: ByteString, Sendable, CaseIterable {
        /// Nothing of the exchange left for the upstream: it may be tried elsewhere.
        case notSent = "not_sent"
        /// The upstream failed after it may have acted.
        case upstreamFailed = "upstream_failed"
        /// Whoever asked is gone.
        case cancelled
        /// A deadline of the exchange passed.
        case deadline
        /// A rule refused it.
        case policy
    }

    /// What exactly went wrong, where the other side must tell apart.
    public enum Code: ByteString, Sendable, CaseIterable {
        case passUnknown = "pass_unknown"
        case sessionEnded = "session_ended"
        case targetDenied = "target_denied"
        case refreshFailed = "refresh_failed"
        case forbiddenScope = "forbidden_scope"
        case forbiddenRole = "forbidden_role"
        case routeUnknown = "route_unknown"
        case methodUnknown = "method_unknown"
        case requestInvalid = "request_invalid"
        case digestUnknown = "digest_unknown"
        case busy
        case draining
        case brokerUnavailable = "broker_unavailable"
        case upstreamTimeout = "upstream_timeout"
        case upstreamUnreachable = "upstream_unreachable"
        case upstreamInvalid = "upstream_invalid"
        case upstreamClosed = "upstream_closed"
        case requestTooLarge = "request_too_large"
        case responseTooLarge = "response_too_large"
    }

    public let reason: Reason
    public let code: Code?
    /// When trying again may help, in milliseconds.
    public let retryAfterMilliseconds: UInt32?

    public init(_ reason: Reason, _ code: Code? = nil, retryAfterMilliseconds: UInt32? = nil) {
        self.reason = reason
        self.code = code
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }
}

extension Abort {
    /// The abort frame.
    func frame(stream: UInt32) -> Frame { Frame(.abort, stream: stream, payload: encoded()) }

    /// The payload of an abort frame.
    func encoded() -> [UInt8] {
        var writer = MemberWriter()
        writer.set("reason", .string(reason.rawValue))
        if let code { writer.set("code", .string(code.rawValue)) }
        writer.count("retry_after_ms", retryAfterMilliseconds.map(Int64.init))
        return JSON.write(writer.value)
    }

    /// Reads the payload; nil for anything that this version does not say.
    init?(_ payload: [UInt8]) {
        guard let value = try? JSON.parse(payload), let abort = try? Self.decode(value) else { return nil }
        self = abort
    }

    private static func decode(_ value: JSONValue) throws(MessageError) -> Abort {
        var reader = try MemberReader(value)
        let reason = try reader.required("reason") { $0.string.flatMap(Reason.init) }
        let code = try reader.optional("code") { $0.string.flatMap(Code.init) }
        let retry = try reader.optional("retry_after_ms") { $0.integer.flatMap(UInt32.init(exactly:)) }
        try reader.end()
        return Abort(reason, code, retryAfterMilliseconds: retry)
    }
}

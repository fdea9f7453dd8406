internal import Bytes
internal import HTTP
internal import JSON

/// Why a request is not served: an error with a stable code, shown as a problem document (RFC 9457) or a page.
struct Problem: Error, Equatable {
    let code: Code
    /// What exactly, and the cure where there is one. Never anything that came from outside.
    var detail: ByteString?
    /// Where to sign in.
    var loginURL: ByteString?
    var retryAfterSeconds: UInt64?
    /// The methods that would do.
    var allow: ByteString?
    /// The browser's session cookie is worth nothing any more.
    var clearsSession = false

    init(_ code: Code, _ detail: ByteString? = nil) {
        self.code = code
        self.detail = detail
    }

    enum Code: String, CaseIterable {
        // What the browser or the frontend did.
        case malformedRequest = "malformed_request"
        case ambiguousPath = "ambiguous_path"
        case invalidRequest = "invalid_request"
        case notANavigation = "not_a_navigation"
        case transactionUnknown = "transaction_unknown"
        case loginRefused = "login_refused"
        case loginFailed = "login_failed"
        case unauthenticated
        case sessionEnded = "session_ended"
        case csrfHeaderMissing = "csrf_header_missing"
        case foreignOrigin = "foreign_origin"
        case forbiddenScope = "forbidden_scope"
        case forbiddenRole = "forbidden_role"
        case targetDenied = "target_denied"
        case notFound = "not_found"
        case providerUnknown = "provider_unknown"
        case methodNotAllowed = "method_not_allowed"
        case contentTooLarge = "content_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case misdirected
        case rateLimited = "rate_limited"
        case requestTimeout = "request_timeout"
        // What happened behind the edge.
        case upstreamUnreachable = "upstream_unreachable"
        case upstreamInvalid = "upstream_invalid"
        case responseTooLarge = "response_too_large"
        case outcomeUnknown = "outcome_unknown"
        case upstreamTimeout = "upstream_timeout"
        case loopDetected = "loop_detected"
        case tokenUnavailable = "token_unavailable"
        case providerUnavailable = "provider_unavailable"
        case keyUnavailable = "key_unavailable"
        case brokerUnavailable = "broker_unavailable"
        case workerUnavailable = "worker_unavailable"
        case routesChanging = "routes_changing"
        case busy
        case logoutIncomplete = "logout_incomplete"
        case targetUnknown = "target_unknown"
        case internalError = "internal_error"
    }
}

extension Problem.Code {
    var status: UInt16 {
        switch self {
        case .malformedRequest, .ambiguousPath, .invalidRequest, .notANavigation, .transactionUnknown, .loginRefused,
            .loginFailed:
            400
        case .unauthenticated, .sessionEnded: 401
        case .csrfHeaderMissing, .foreignOrigin, .forbiddenScope, .forbiddenRole, .targetDenied: 403
        case .notFound, .providerUnknown: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .contentTooLarge: 413
        case .unsupportedMediaType: 415
        case .misdirected: 421
        case .rateLimited: 429
        case .upstreamUnreachable, .upstreamInvalid, .responseTooLarge, .outcomeUnknown: 502
        case .upstreamTimeout: 504
        case .loopDetected: 508
        case .tokenUnavailable, .providerUnavailable, .keyUnavailable, .brokerUnavailable, .workerUnavailable,
            .routesChanging, .busy, .logoutIncomplete:
            503
        case .targetUnknown, .internalError: 500
        }
    }

    /// For people.
    var title: ByteString {
        switch self {
        case .malformedRequest: "The request could not be understood"
        case .ambiguousPath: "The address is spelled in an ambiguous way"
        case .invalidRequest: "Something is missing or wrong in the request"
        case .notANavigation: "This address is for opening in a tab of its own"
        case .transactionUnknown: "This sign-in has expired or was already used"
        case .loginRefused: "The sign-in was refused"
        case .loginFailed: "The sign-in failed"
        case .unauthenticated: "Signing in is needed"
        case .sessionEnded: "The session has ended"
        case .csrfHeaderMissing: "A header is missing"
        case .foreignOrigin: "The request comes from another site"
        case .forbiddenScope, .forbiddenRole, .targetDenied: "Not allowed"
        case .notFound: "Nothing is here"
        case .providerUnknown: "There is no such provider"
        case .methodNotAllowed: "The method is not allowed here"
        case .contentTooLarge: "The content is too large"
        case .unsupportedMediaType: "The content has another type than expected"
        case .misdirected: "This host is not served here"
        case .rateLimited: "Too many requests"
        case .requestTimeout: "The request took too long to arrive"
        case .upstreamUnreachable: "The service behind cannot be reached"
        case .upstreamInvalid: "The service behind gave no proper answer"
        case .responseTooLarge: "The service behind answered with too much"
        case .outcomeUnknown: "It is not known whether the request took effect"
        case .upstreamTimeout: "The service behind took too long"
        case .loopDetected: "The way to the service behind leads back here"
        case .tokenUnavailable, .providerUnavailable: "The identity provider cannot be reached"
        case .keyUnavailable, .brokerUnavailable, .workerUnavailable, .routesChanging, .busy:
            "This is not possible at the moment"
        case .logoutIncomplete: "Signing out is not complete yet"
        case .targetUnknown, .internalError: "Something went wrong here"
        }
    }

    /// Whether trying again may help.
    var isPassing: Bool { status == 503 || status == 429 }
}

extension Problem {
    /// The problem document.
    func document(_ requestID: ByteString, fields: HTTPFields, status: UInt16? = nil) -> HTTPResponseParts {
        var members: [(ByteString, JSONValue)] = [
            ("title", .string(code.title)), ("status", .integer(status ?? code.status)),
            ("code", .string(ByteString(code.rawValue))),
        ]
        if let detail { members.append(("detail", .string(detail))) }
        if let loginURL { members.append(("login_url", .string(loginURL))) }
        members.append(("request_id", .string(requestID)))
        var fields = self.fields(fields)
        fields.set(.contentType, "application/problem+json")
        return (fields, JSON.write(.object(JSONObject(members))))
    }

    /// The page for people.
    func page(_ requestID: ByteString, fields: HTTPFields, link: PageLink?) -> HTTPResponseParts {
        var fields = self.fields(fields)
        Page.describe(in: &fields)
        let text = detail ?? (code.isPassing ? "Please try again in a moment." : nil)
        return (fields, Page.message(code.title, text: text, link: link, reference: requestID))
    }

    private func fields(_ base: HTTPFields) -> HTTPFields {
        var fields = base
        let retryAfter = retryAfterSeconds ?? (code.isPassing ? 1 : nil)
        if let retryAfter { fields.append(.retryAfter, FieldValue(retryAfter)) }
        if let allow, let value = FieldValue(allow) { fields.append(.allow, value) }
        return fields
    }
}

typealias HTTPResponseParts = (fields: HTTPFields, body: [UInt8])

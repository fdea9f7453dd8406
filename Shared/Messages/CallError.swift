public import Bytes

/// A refusal by the other side: a JSON-RPC error object whose `data` has a stable code.
public struct CallError: Error, Equatable, Sendable {
    /// The stable codes. A code outside this list is a fault of the protocol.
    public enum Code: ByteString, Sendable, CaseIterable {
        case sessionUnknown = "session_unknown"
        case sessionEnded = "session_ended"
        case transactionUnknown = "transaction_unknown"
        case loginRefused = "login_refused"
        case loginFailed = "login_failed"
        case providerUnknown = "provider_unknown"
        case providerUnavailable = "provider_unavailable"
        case targetUnknown = "target_unknown"
        case targetDenied = "target_denied"
        case passUnknown = "pass_unknown"
        case refreshFailed = "refresh_failed"
        case keyUnavailable = "key_unavailable"
        case handleInUse = "handle_in_use"
        case invalidRequest = "invalid_request"
        case unavailable
        /// No version of the protocol in common; the connection closes.
        case versionUnsupported = "version_unsupported"
    }

    public let code: Code
    /// For people and logs; never shown to a browser, never decided by.
    public let message: ByteString
    /// When trying again may help, in milliseconds.
    public let retryAfterMilliseconds: Int64?
    /// Where a failed login wanted to go (a path that was checked when the login began).
    public let returnTo: ByteString?

    public init(
        _ code: Code, _ message: ByteString = .empty, retryAfterMilliseconds: Int64? = nil, returnTo: ByteString? = nil
    ) {
        self.code = code
        self.message = message
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.returnTo = returnTo
    }
}

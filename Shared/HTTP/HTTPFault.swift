/// Why a message is refused. After one, the connection is closed and what follows is never parsed.
public enum HTTPFault: String, Error, CaseIterable, Hashable, Sendable {
    case malformedRequestLine = "malformed request line"
    case unknownMethod = "method not implemented"
    case unsupportedVersion = "HTTP version not supported"
    case targetTooLong = "request line too long"
    case malformedTarget = "malformed request target"
    case forbiddenPath = "ambiguous path"
    case encodedSlash = "encoded slash in path"
    case badLineEnding = "line does not end in CR LF"
    case badFieldName = "malformed field name"
    case badFieldValue = "control character in a field value"
    case foldedField = "line folding or leading blank in a field line"
    case headTooLarge = "head too large"
    case tooManyFields = "too many fields"
    case badHost = "Host missing, repeated or malformed"
    case badContentLength = "malformed Content-Length"
    case conflictingFraming = "conflicting message framing"
    case badTransferEncoding = "malformed Transfer-Encoding"
    case unknownTransferCoding = "transfer coding not implemented"
    case unknownExpectation = "expectation not understood"
    case upgradeRefused = "upgrade to another HTTP version refused"
    case badChunk = "malformed chunk"
    case bodyTooLarge = "content too large"
    case malformedStatusLine = "malformed status line"
    case tooManyInterimResponses = "too many interim responses"
    case unexpectedUpgrade = "unexpected switch of protocols"
    case contentForbidden = "content where none may be"
    case truncated = "message cut short"

    /// The status code that answers a request with this fault (RFC 9110 §15.5, RFC 6585 §5).
    public var status: UInt16 {
        switch self {
        case .unknownMethod, .unknownTransferCoding: 501
        case .unsupportedVersion: 505
        case .targetTooLong: 414
        case .headTooLarge, .tooManyFields: 431
        case .unknownExpectation: 417
        case .bodyTooLarge: 413
        default: 400
        }
    }

    /// One line for people and logs; never holds what the peer sent.
    public var reason: String { rawValue }
}

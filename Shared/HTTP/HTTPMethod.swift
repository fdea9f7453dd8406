public import Bytes

/// The request methods that are spoken here (RFC 9110 §9.3, RFC 5789); every other one is refused.
public enum HTTPMethod: UInt8, CaseIterable, Hashable, Sendable {
    case get, head, post, put, patch, delete, options

    /// As written on the wire.
    public var name: ByteString { ByteString(String(describing: staticName)) }

    /// The method of this exact, case-sensitive spelling.
    public init?(_ name: ByteString) {
        guard let method = HTTPMethod(name.bytes.span, 0, name.count) else { return nil }
        self = method
    }

    /// GET, HEAD and OPTIONS ask for no change of state (RFC 9110 §9.2.1).
    public var isSafe: Bool { self == .get || self == .head || self == .options }

    /// Whether a request without content should say so (RFC 9110 §8.6).
    var usuallyHasContent: Bool { self == .post || self == .put || self == .patch }

    init?(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        guard start < end, let candidate = HTTPMethod(length: end - start, first: bytes[start]),
            candidate.staticName.matches(bytes, at: start, count: end - start)
        else { return nil }
        self = candidate
    }

    private init?(length: Int, first: UInt8) {
        switch (length, first) {
        case (3, UInt8(ascii: "G")): self = .get
        case (3, UInt8(ascii: "P")): self = .put
        case (4, UInt8(ascii: "H")): self = .head
        case (4, UInt8(ascii: "P")): self = .post
        case (5, UInt8(ascii: "P")): self = .patch
        case (6, UInt8(ascii: "D")): self = .delete
        case (7, UInt8(ascii: "O")): self = .options
        default: return nil
        }
    }

    var staticName: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        }
    }
}

extension HTTPMethod: CustomStringConvertible {
    public var description: String { String(describing: staticName) }
}

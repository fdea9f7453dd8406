public import Bytes

/// The request methods that are spoken here (RFC 9110 §9.3, RFC 5789); every other one is refused.
public enum HTTPMethod: UInt8, CaseIterable, Hashable, Sendable {
    case get, head, post, put, patch, delete, options

    /// As written on the wire.
    public var name: ByteString { Self.names[Int(rawValue)] }

    /// By raw value, made once.
    private static let names = allCases.map { ByteString(String(describing: $0.staticName)) }

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
        guard 3...7 ~= end - start else { return nil }
        // The letters as a number, the first one lowest.
        switch Word.prefix(Word.loadPadded(bytes, start), end - start) {
        case 0x54_4547: self = .get
        case 0x4441_4548: self = .head
        case 0x5453_4F50: self = .post
        case 0x54_5550: self = .put
        case 0x48_4354_4150: self = .patch
        case 0x4554_454C_4544: self = .delete
        case 0x53_4E4F_4954_504F: self = .options
        default: return nil
        }
        // A NUL at the end of a name looks like the zeros behind it.
        guard staticName.utf8CodeUnitCount == end - start else { return nil }
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

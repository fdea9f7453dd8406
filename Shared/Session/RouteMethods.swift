public import Bytes
internal import HTTP

/// The methods that a route serves. GET stands for HEAD, too; OPTIONS is not among them, because preflights are the
/// edge's own business.
public struct RouteMethods: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let get = RouteMethods(rawValue: 1)
    public static let head = RouteMethods(rawValue: 2)
    public static let post = RouteMethods(rawValue: 4)
    public static let put = RouteMethods(rawValue: 8)
    public static let patch = RouteMethods(rawValue: 16)
    public static let delete = RouteMethods(rawValue: 32)

    private static let tokens: [(ByteString, RouteMethods)] = [
        ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("PATCH", .patch), ("DELETE", .delete),
    ]

    /// The method of exactly this token (RFC 9110 §9.1: case-sensitive), nil when a route can never serve it.
    init?(token: ByteString) {
        guard let known = Self.tokens.first(where: { $0.0 == token }) else { return nil }
        self = known.1
    }

    /// OPTIONS becomes a method that no route serves.
    init(_ method: HTTPMethod) {
        self =
            switch method {
            case .get: .get
            case .head: .head
            case .post: .post
            case .put: .put
            case .patch: .patch
            case .delete: .delete
            case .options: RouteMethods(rawValue: 128)
            }
    }

    /// The value of an Allow field (RFC 9110 §10.2.1).
    public var allow: ByteString {
        ByteString(Array(Self.tokens.filter { contains($0.1) }.map(\.0.bytes).joined(separator: Array(", ".utf8))))
    }
}

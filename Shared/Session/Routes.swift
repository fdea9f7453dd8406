public import Bytes
public import HTTP

/// All routes of `routes.json`, ready to be matched.
public struct Routes: Sendable {
    /// In the order of the file.
    public let all: [Route]
    /// Names this set of routes: the same in every process that has read the same values.
    public let digest: ByteString
    /// The longest literal prefix first.
    private let ordered: [Route]

    init(_ routes: [Route], digest: ByteString) {
        all = routes
        self.digest = digest
        ordered = routes.sorted { $0.pattern.literal.count > $1.pattern.literal.count }
    }

    /// What a path and a method come to.
    public enum Match: Sendable {
        case route(Route)
        /// The path is routed, but not for this method.
        case methodNotAllowed(Route)
        /// The path escapes a character that needs no escape (RFC 3986 §2.3). An upstream may take `%61` and `a` for
        /// the same, and then one of the two spellings would get around a stricter route.
        case ambiguous
        case none
    }

    /// Finds the route of a path (without query) and a method.
    public func match(method: HTTPMethod, path: ArraySlice<UInt8>) -> Match {
        switch match(path: path) {
        case .route(let route): route.methods.contains(RouteMethods(method)) ? .route(route) : .methodNotAllowed(route)
        case let other: other
        }
    }

    /// As `match(method:path:)` with a method's token.
    public func match(method: ByteString, path: ByteString) -> Match {
        if let method = HTTPMethod(method) { return match(method: method, path: path.bytes[...]) }
        if case .route(let route) = match(path: path.bytes[...]) { return .methodNotAllowed(route) }
        return match(path: path.bytes[...])
    }

    /// As `match(method:path:)` for any method.
    public func match(path: ArraySlice<UInt8>) -> Match {
        for route in ordered where route.pattern.matches(path) {
            return Self.escapesUnreserved(path) ? .ambiguous : .route(route)
        }
        return .none
    }

    /// The route with this id.
    public func route(id: ByteString) -> Route? { all.first { $0.id == id } }

    private static func escapesUnreserved(_ path: ArraySlice<UInt8>) -> Bool {
        var index = path.startIndex
        while index + 2 < path.endIndex {
            guard path[index] == UInt8(ascii: "%") else {
                index += 1
                continue
            }
            if let high = Hex.value(path[index + 1]), let low = Hex.value(path[index + 2]),
                RoutePattern.isUnreserved(high << 4 | low)
            {
                return true
            }
            index += 3
        }
        return false
    }
}

extension Routes {
    /// Whether some route begins with the same first segment as a path: then the path belongs to the routes, even when
    /// none of them takes it.
    public func share(firstSegmentOf path: ArraySlice<UInt8>) -> Bool {
        let first = path.dropFirst().prefix { $0 != UInt8(ascii: "/") }
        guard !first.isEmpty else { return false }
        return all.contains { route in
            guard case .literal(let name)? = route.pattern.segments.first else { return false }
            return first.elementsEqual(name.bytes)
        }
    }
}

extension Routes {
    /// What edges and workers of one deployment call themselves in `Via` (RFC 9110 §7.6.3). They share a set of routes,
    /// and other deployments have another: so a chain of deployments is none that leads back.
    public static func pseudonym(digest: ByteString) -> ByteString {
        "cloakroom-" + ByteString(digest.bytes.prefix(12))
    }

    /// No routes at all.
    public static let none = Routes([], digest: "none")
}

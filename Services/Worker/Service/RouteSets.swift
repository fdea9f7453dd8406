internal import Bytes
internal import HTTP
internal import HTTPClient
internal import Messages
internal import Platform
internal import Session

/// The routes in force, and for a while the ones before. Pure: time is a parameter.
///
/// An edge names the set that it used. For a minute after a change the previous set still counts, because edges change
/// a little earlier or later; but a request must satisfy the current set, too, so that a tightened rule counts at once.
struct RouteSets: Sendable {
    static let overlap: Duration = .seconds(60)

    private(set) var current: Routes
    /// Where each of them leads, by its id.
    private var origins: [ByteString: Origin]
    /// How this worker signs what it passes on (RFC 9110 §7.6.3), made once.
    private var via: FieldValue
    private var previous: (routes: Routes, until: Instant)?

    init(_ routes: Routes) {
        current = routes
        origins = Self.origins(of: routes)
        via = Self.via(of: routes.digest)
    }

    private static func via(of digest: ByteString) -> FieldValue {
        FieldValue("1.1 " + Routes.pseudonym(digest: digest)) ?? "1.1 cloakroom"
    }

    /// How it signs a request that an edge has sent by these routes: so that this edge knows it again.
    func via(for digest: ByteString) -> FieldValue { digest == current.digest ? via : Self.via(of: digest) }

    private static func origins(of routes: Routes) -> [ByteString: Origin] {
        let known = routes.all.compactMap { route in route.upstream.origin.map { (route.id, $0) } }
        return Dictionary(known) { first, _ in first }
    }

    mutating func replace(with routes: Routes, now: Instant) {
        guard routes.digest != current.digest else { return }
        previous = (current, now + Self.overlap)
        current = routes
        origins = Self.origins(of: routes)
        via = Self.via(of: routes.digest)
    }

    /// The route of an exchange, matched again from method and path, the target, checked again, and where it leads.
    func route(for head: ProxyHead, now: Instant) -> Result<(Route, RequestTarget, Origin), Abort> {
        guard isKnown(head.routes, now: now) else { return .failure(Abort(.notSent, .digestUnknown)) }
        guard let named = current.route(id: head.route), let origin = origins[head.route] else {
            return .failure(Abort(.policy, .routeUnknown))
        }
        let slash: EncodedSlash = named.encodedSlash == .keep ? .keep : .refuse
        guard let target = try? RequestTarget(head.target, encodedSlash: slash) else {
            return .failure(Abort(.policy, .requestInvalid))
        }
        switch current.match(method: head.method, path: target.pathBytes) {
        case .route(let route) where route.id == head.route: return .success((route, target, origin))
        case .methodNotAllowed: return .failure(Abort(.policy, .methodUnknown))
        case .route, .ambiguous, .none: return .failure(Abort(.policy, .routeUnknown))
        }
    }

    private func isKnown(_ digest: ByteString, now: Instant) -> Bool {
        if digest == current.digest { return true }
        guard let previous else { return false }
        return previous.until > now && previous.routes.digest == digest
    }
}

extension Route {
    /// Where the request goes upstream: the route's path rules applied, the query untouched.
    func upstreamTarget(_ target: RequestTarget) -> RequestTarget? {
        if strip.isEmpty, upstream.basePath.isEmpty { return target }
        let path = upstreamPath(target.path)
        let whole = target.query.map { path + "?" + $0 } ?? path
        return try? RequestTarget(whole, encodedSlash: encodedSlash == .keep ? .keep : .refuse)
    }
}

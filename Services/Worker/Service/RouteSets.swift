internal import Bytes
internal import HTTP
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
    private var previous: (routes: Routes, until: Instant)?

    init(_ routes: Routes) { current = routes }

    mutating func replace(with routes: Routes, now: Instant) {
        guard routes.digest != current.digest else { return }
        previous = (current, now + Self.overlap)
        current = routes
    }

    /// The route of an exchange, matched again from method and path, and the target, checked again.
    func route(for head: ProxyHead, now: Instant) -> Result<(Route, RequestTarget), Abort> {
        guard isKnown(head.routes, now: now) else { return .failure(Abort(.notSent, .digestUnknown)) }
        guard let named = current.route(id: head.route) else { return .failure(Abort(.policy, .routeUnknown)) }
        let slash: EncodedSlash = named.encodedSlash == .keep ? .keep : .refuse
        guard let target = try? RequestTarget(head.target, encodedSlash: slash) else {
            return .failure(Abort(.policy, .requestInvalid))
        }
        switch current.match(method: head.method, path: target.pathBytes) {
        case .route(let route) where route.id == head.route: return .success((route, target))
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
        let path = upstreamPath(target.path)
        let whole = target.query.map { path + "?" + $0 } ?? path
        return try? RequestTarget(whole, encodedSlash: encodedSlash == .keep ? .keep : .refuse)
    }
}

internal import Bytes
internal import HTTP
internal import Session

/// Lets a request in or not, before anything is looked up for it.
enum Gatekeeper {
    /// Whether another site may be behind the request.
    static func check(_ rule: CSRFRule, _ visit: Visit) throws(Problem) {
        let refusal = rule.refusal(
            visit.method, visit.metadata, hasHeader: visit.hasCSRFHeader, own: visit.frontend.origin.bytes,
            trusted: visit.frontend.trustedOrigins)
        switch refusal {
        case nil: return
        case .headerMissing?:
            throw Problem(
                .csrfHeaderMissing, "Send the header " + visit.frontend.csrfHeaderText + ": 1 with this request.")
        case .foreignOrigin?:
            throw Problem(.foreignOrigin, "Only pages of this origin may make this request.")
        }
    }

    /// Whether a request has been through this deployment already: then a route leads back here (RFC 9110 §7.6.3).
    static func refuseLoop(_ visit: Visit, digest: ByteString) throws(Problem) {
        guard visit.head.fields.contains(.via) else { return }
        let own = Routes.pseudonym(digest: digest).bytes
        guard visit.head.fields.all(.via).contains(where: { $0.bytes.firstRange(of: own) != nil }) else { return }
        throw Problem(.loopDetected, "A route's upstream is this site itself.")
    }

    /// As `check(_:_:)` for a route. A page that the user opens in a tab is no request of a script: there the Strict
    /// cookie decides.
    static func check(_ route: Route, _ visit: Visit) throws(Problem) {
        let isRead = visit.method == .get || visit.method == .head
        if route.onUnauthenticated == .login, isRead, visit.metadata.isTopLevelNavigation, visit.head.fields.acceptsHTML
        {
            return
        }
        try check(route.csrf, visit)
    }
}

internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Session

/// What pages of the configured origins of the same site may do (Fetch §3.3). To every other origin nothing is opened:
/// its answers carry no `Access-Control-` field at all.
enum CrossOrigin {
    /// The page's origin, if it may call.
    static func trusted(_ visit: Visit) -> FieldValue? {
        guard case .origin(let origin)? = visit.metadata.origin, visit.frontend.trustedOrigins.contains(origin) else {
            return nil
        }
        return FieldValue(origin)
    }

    /// Lets a trusted page read an answer.
    static func open(_ fields: inout HTTPFields, _ visit: Visit) {
        guard !visit.frontend.trustedOrigins.isEmpty else { return }
        fields.append(.vary, "Origin")
        guard let origin = trusted(visit) else { return }
        fields.append(.accessControlAllowOrigin, origin)
        fields.append(.accessControlAllowCredentials, "true")
        fields.set(.crossOriginResourcePolicy, "same-site")
    }

    /// The answer to a preflight. It is never passed on.
    static func preflight(_ methods: RouteMethods, _ visit: Visit) -> HTTPResponse {
        let isTrusted = trusted(visit) != nil
        return visit.answer(204) { fields in
            if let allow = FieldValue(methods.allow) {
                fields.append(.allow, allow)
                if isTrusted { fields.append(.accessControlAllowMethods, allow) }
            }
            guard isTrusted, let headers = FieldValue("content-type, " + visit.frontend.csrfHeader.bytes) else {
                return
            }
            fields.append(.accessControlAllowHeaders, headers)
            fields.append(.accessControlMaxAge, "600")
        }
    }
}

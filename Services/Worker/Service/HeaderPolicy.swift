internal import Bytes
internal import HTTP
internal import Messages
internal import Session

/// Which fields pass, in both directions. The worker trusts neither the edge nor the upstream with this.
enum HeaderPolicy {
    /// The fields of the request that goes upstream: the browser's without what concerns one connection, without
    /// credentials and without anything that could pass for our own word; then our own, each once.
    static func request(_ head: ProxyHead, via: FieldValue, bearer: FieldValue?) -> HTTPFields? {
        var fields = head.fields
        fields.removeHopByHop()
        fields.remove(withheld)
        guard let client = FieldValue(head.client), let host = FieldValue(head.host),
            let requestID = FieldValue(head.requestID)
        else { return nil }
        fields.append(.xForwardedFor, client)
        fields.append(.xForwardedHost, host)
        fields.append(.xForwardedProto, head.proto == .https ? https : http)
        fields.append(.xRequestID, requestID)
        // Behind what others said of themselves: the edge looks for it when a request comes back.
        fields.append(.via, via)
        if let bearer { fields.append(.authorization, bearer) }
        return fields
    }

    /// The fields of the answer that the browser may see. The framing is told apart: `Content-Length` stays, because
    /// the edge needs it and checks it against the body.
    static func response(_ response: HTTPFields, _ route: Route) -> HTTPFields {
        var fields = response
        fields.removeHopByHop()
        fields.remove(hidden)
        localize(.location, in: &fields, route)
        localize(.contentLocation, in: &fields, route)
        return fields
    }

    private static let http: FieldValue = "http"
    private static let https: FieldValue = "https"

    private static func localize(_ name: FieldName, in fields: inout HTTPFields, _ route: Route) {
        guard fields.contains(name) else { return }
        let local = fields.only(name).flatMap { LocationPolicy.local($0, route) }.flatMap { FieldValue($0) }
        fields.remove(name)
        if let local { fields.append(name, local) }
    }

    // MARK: Requests

    private static let withheldNames: [FieldName] = [
        .host, .contentLength, .expect, .cookie, .authorization, .dpop, .forwarded, .xForwardedFor, .xForwardedHost,
        .xForwardedProto, .xRealIP, .xRequestID, .xCSRF, .from, .origin, .referer, .secFetchDest, .secFetchMode,
        .secFetchSite, .secFetchUser, .secPurpose, .upgradeInsecureRequests,
    ]

    /// Names by which upstreams are told who calls. Only we may say.
    private static let reservedPrefixes: [ByteString] = [
        "x-forwarded", "x-user", "x-auth", "x-remote-", "remote-", "x-original-", "x-rewrite-", "x-http-method",
        "x-method-override", "x-client-", "client-", "true-client-", "x-cluster-client-", "cf-connecting-",
        "x-proxyuser-", "x-webauth-", "x-ssl-", "ssl-client-", "x-envoy-", "x-amzn-oidc-", "x-goog-authenticated-",
        "x-goog-iap-", "x-ms-client-principal", "x-cloakroom-", "proxy-", "sec-",
    ]

    private static let withheld = FieldFilter { name in
        if withheldNames.contains(where: { name.elementsEqual($0.bytes.bytes) }) { return true }
        // Many servers read `_` as `-`: a name with one could pass for another that was removed.
        return name.contains(UInt8(ascii: "_")) || reservedPrefixes.contains { name.starts(with: $0.bytes) }
    }

    // MARK: Responses

    private static let privateNames: [FieldName] = [
        .setCookie, .clearSiteData, .serviceWorkerAllowed, .refresh, .server, .wwwAuthenticate, .altSvc, .via,
        .strictTransportSecurity,
    ]

    /// What an upstream would say to more than this one answer's reader: to caches beside `Cache-Control`, to a server
    /// in front of us, and to the browser about our whole origin.
    private static let privateTexts: [ByteString] = [
        "timing-allow-origin", "set-cookie2", "edge-control", "nel", "report-to", "reporting-endpoints",
        "accept-ch", "critical-ch", "set-login", "use-as-dictionary", "origin-agent-cluster", "authentication-info",
    ]
    private static let privatePrefixes: [ByteString] = [
        "access-control-", "x-powered-by", "surrogate-", "x-accel-", "x-sendfile", "x-lighttpd-", "public-key-pins",
        "x-reproxy-", "sec-session-", "secure-session-", "proxy-",
    ]
    private static let privateSuffix: ByteString = "cdn-cache-control"

    private static let hidden = FieldFilter { name in
        if privateNames.contains(where: { name.elementsEqual($0.bytes.bytes) }) { return true }
        return privateTexts.contains { name.elementsEqual($0.bytes) }
            || privatePrefixes.contains { name.starts(with: $0.bytes) }
            || name.suffix(privateSuffix.count).elementsEqual(privateSuffix.bytes)
    }
}

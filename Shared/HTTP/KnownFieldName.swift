import Bytes

/// The field names that have a number of their own: recognised without comparing strings, looked up by one octet.
enum KnownFieldName: UInt8, CaseIterable, Hashable, Sendable {
    case
        accept, acceptCharset, acceptEncoding, acceptLanguage, acceptRanges, accessControlAllowCredentials,
        accessControlAllowHeaders, accessControlAllowMethods, accessControlAllowOrigin, accessControlExposeHeaders,
        accessControlMaxAge, accessControlRequestHeaders, accessControlRequestMethod, age, allow, altSvc,
        authorization, cacheControl, clearSiteData, connection, contentDisposition, contentEncoding,
        contentLanguage, contentLength, contentLocation, contentRange, contentSecurityPolicy, contentType, cookie,
        crossOriginOpenerPolicy, crossOriginResourcePolicy, date, dnt, dpop, etag, expect, expires, forwarded, from,
        host, http2Settings, ifMatch, ifModifiedSince, ifNoneMatch, ifRange, ifUnmodifiedSince, keepAlive,
        lastModified, link, location, maxForwards, origin, permissionsPolicy, pragma, priority, proxyAuthenticate,
        proxyAuthorization, proxyConnection, purpose, range, referer, referrerPolicy, refresh, retryAfter, secChUA,
        secChUAMobile, secChUAPlatform, secFetchDest, secFetchMode, secFetchSite, secFetchUser, secGPC, secPurpose,
        secWebSocketAccept, secWebSocketExtensions, secWebSocketKey, secWebSocketProtocol, secWebSocketVersion,
        server, serviceWorkerAllowed, setCookie, strictTransportSecurity, te, traceparent, tracestate, trailer,
        transferEncoding, upgrade, upgradeInsecureRequests, userAgent, vary, via, wwwAuthenticate,
        xContentTypeOptions, xCSRF, xForwardedFor, xForwardedHost, xForwardedProto, xFrameOptions, xMoz, xRealIP,
        xRequestID, xRequestedWith

    /// In lower case, in the order of the cases.
    private static let spellings: [ByteString] = [
        "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges",
        "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods",
        "access-control-allow-origin", "access-control-expose-headers", "access-control-max-age",
        "access-control-request-headers", "access-control-request-method", "age", "allow", "alt-svc",
        "authorization", "cache-control", "clear-site-data", "connection", "content-disposition",
        "content-encoding", "content-language", "content-length", "content-location", "content-range",
        "content-security-policy", "content-type", "cookie", "cross-origin-opener-policy",
        "cross-origin-resource-policy", "date", "dnt", "dpop", "etag", "expect", "expires", "forwarded", "from",
        "host", "http2-settings", "if-match", "if-modified-since", "if-none-match", "if-range",
        "if-unmodified-since", "keep-alive", "last-modified", "link", "location", "max-forwards", "origin",
        "permissions-policy", "pragma", "priority", "proxy-authenticate", "proxy-authorization", "proxy-connection",
        "purpose", "range", "referer", "referrer-policy", "refresh", "retry-after", "sec-ch-ua", "sec-ch-ua-mobile",
        "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "sec-gpc",
        "sec-purpose", "sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-key",
        "sec-websocket-protocol", "sec-websocket-version", "server", "service-worker-allowed", "set-cookie",
        "strict-transport-security", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade",
        "upgrade-insecure-requests", "user-agent", "vary", "via", "www-authenticate", "x-content-type-options",
        "x-csrf", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-frame-options", "x-moz",
        "x-real-ip", "x-request-id", "x-requested-with",
    ]

    var spelling: ByteString { KnownFieldName.spellings[Int(rawValue)] }
}

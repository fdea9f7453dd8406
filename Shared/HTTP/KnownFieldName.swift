/// The field names that have a number of their own: recognised without comparing strings, looked up by one octet.
enum KnownFieldName: String, CaseIterable, Hashable, Sendable {
    case accept
    case acceptCharset = "accept-charset"
    case acceptEncoding = "accept-encoding"
    case acceptLanguage = "accept-language"
    case acceptRanges = "accept-ranges"
    case accessControlAllowCredentials = "access-control-allow-credentials"
    case accessControlAllowHeaders = "access-control-allow-headers"
    case accessControlAllowMethods = "access-control-allow-methods"
    case accessControlAllowOrigin = "access-control-allow-origin"
    case accessControlExposeHeaders = "access-control-expose-headers"
    case accessControlMaxAge = "access-control-max-age"
    case accessControlRequestHeaders = "access-control-request-headers"
    case accessControlRequestMethod = "access-control-request-method"
    case age
    case allow
    case altSvc = "alt-svc"
    case authorization
    case cacheControl = "cache-control"
    case clearSiteData = "clear-site-data"
    case connection
    case contentDisposition = "content-disposition"
    case contentEncoding = "content-encoding"
    case contentLanguage = "content-language"
    case contentLength = "content-length"
    case contentLocation = "content-location"
    case contentRange = "content-range"
    case contentSecurityPolicy = "content-security-policy"
    case contentType = "content-type"
    case cookie
    case crossOriginOpenerPolicy = "cross-origin-opener-policy"
    case crossOriginResourcePolicy = "cross-origin-resource-policy"
    case date
    case dnt
    case dpop
    case etag
    case expect
    case expires
    case forwarded
    case from
    case host
    case http2Settings = "http2-settings"
    case ifMatch = "if-match"
    case ifModifiedSince = "if-modified-since"
    case ifNoneMatch = "if-none-match"
    case ifRange = "if-range"
    case ifUnmodifiedSince = "if-unmodified-since"
    case keepAlive = "keep-alive"
    case lastModified = "last-modified"
    case link
    case location
    case maxForwards = "max-forwards"
    case origin
    case permissionsPolicy = "permissions-policy"
    case pragma
    case priority
    case proxyAuthenticate = "proxy-authenticate"
    case proxyAuthorization = "proxy-authorization"
    case proxyConnection = "proxy-connection"
    case purpose
    case range
    case referer
    case referrerPolicy = "referrer-policy"
    case refresh
    case retryAfter = "retry-after"
    case secChUA = "sec-ch-ua"
    case secChUAMobile = "sec-ch-ua-mobile"
    case secChUAPlatform = "sec-ch-ua-platform"
    case secFetchDest = "sec-fetch-dest"
    case secFetchMode = "sec-fetch-mode"
    case secFetchSite = "sec-fetch-site"
    case secFetchUser = "sec-fetch-user"
    case secGPC = "sec-gpc"
    case secPurpose = "sec-purpose"
    case secWebSocketAccept = "sec-websocket-accept"
    case secWebSocketExtensions = "sec-websocket-extensions"
    case secWebSocketKey = "sec-websocket-key"
    case secWebSocketProtocol = "sec-websocket-protocol"
    case secWebSocketVersion = "sec-websocket-version"
    case server
    case serviceWorkerAllowed = "service-worker-allowed"
    case setCookie = "set-cookie"
    case strictTransportSecurity = "strict-transport-security"
    case te
    case traceparent
    case tracestate
    case trailer
    case transferEncoding = "transfer-encoding"
    case upgrade
    case upgradeInsecureRequests = "upgrade-insecure-requests"
    case userAgent = "user-agent"
    case vary
    case via
    case wwwAuthenticate = "www-authenticate"
    case xContentTypeOptions = "x-content-type-options"
    case xCSRF = "x-csrf"
    case xForwardedFor = "x-forwarded-for"
    case xForwardedHost = "x-forwarded-host"
    case xForwardedProto = "x-forwarded-proto"
    case xFrameOptions = "x-frame-options"
    case xMoz = "x-moz"
    case xRealIP = "x-real-ip"
    case xRequestID = "x-request-id"
    case xRequestedWith = "x-requested-with"
}

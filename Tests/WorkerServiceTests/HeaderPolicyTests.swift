import Bytes
import HTTP
import Messages
import Session
import Testing

@testable import WorkerService

/// As a worker without routes of its own signs it.
private func request(_ head: ProxyHead, bearer: FieldValue?) -> HTTPFields? {
    HeaderPolicy.request(head, via: RouteSets(.none).via(for: head.routes), bearer: bearer)
}

@Suite struct HeaderPolicyTests {
    @Test(
        arguments: [
            "cookie", "authorization", "Authorization", "dpop", "forwarded", "x-forwarded-for", "X-Forwarded-For",
            "x-forwarded-host", "x-forwarded-anything", "x_forwarded_for", "x-forwarded_for", "x-real-ip", "x-user",
            "x-user-id", "X_User", "x-auth-request-user", "x-remote-user", "remote-user", "x-original-url",
            "x-http-method-override", "x-client-cert", "proxy-authorization", "te", "trailer", "transfer-encoding",
            "upgrade", "keep-alive", "connection", "host", "expect", "content-length", "x-request-id", "x-csrf",
            "x-forwarded", "x-rewrite-url", "client-ip", "true-client-ip", "x-cluster-client-ip", "x-webauth-user",
            "ssl-client-cert", "x-ssl-client-dn", "x-ms-client-principal", "x-amzn-oidc-data",
        ] as [ByteString])
    func `what only this side may say does not come from the browser`(name: ByteString) throws {
        let bearer: FieldValue = "Bearer ours"
        let out = try #require(request(head(fields: fields([name: "evil"])), bearer: bearer))
        #expect(!out.contains { $0.value == "evil" })
        #expect(out.all(.authorization) == ["Bearer ours"])
        #expect(out.all(.xForwardedFor) == ["192.0.2.1"])
        #expect(out.all(.xForwardedHost) == ["app.example"])
        #expect(out.all(.xForwardedProto) == ["https"])
        #expect(out.all(.xRequestID) == ["id-1"])
    }

    @Test func `what the api needs passes unchanged`() throws {
        let given = fields([
            "accept": "a", "accept-language": "b", "content-type": "c", "if-none-match": "\"d\"", "range": "e",
            "accept-encoding": "br", "x-anything": "\u{e9}",
        ])
        let out = try #require(request(head(fields: given), bearer: nil))
        for field in given { #expect(out.all(field.name) == [field.value]) }
        #expect(!out.contains(.authorization))
    }

    @Test func `a field that Connection names goes, but never one of ours`() throws {
        let given = fields(["connection": "close, x-hop, authorization, x-forwarded-for", "x-hop": "1", "x-stays": "2"])
        let out = try #require(request(head(fields: given), bearer: "Bearer t"))
        #expect(out.names.isDisjoint(with: ["connection", "x-hop"]))
        #expect(out.names.isSuperset(of: ["x-stays", "authorization", "x-forwarded-for"]))
    }

    @Test func `who passes a request on says so, behind those before`() throws {
        let given = fields(["via": "1.1 front", "connection": "via"])
        let out = try #require(request(head(routes: "0123456789abcdef", fields: given), bearer: nil))
        #expect(out.all(.via) == ["1.1 cloakroom-0123456789ab"])
        let others = try #require(request(head(fields: fields(["via": "1.1 front"])), bearer: nil))
        #expect(others.all(.via) == ["1.1 front", "1.1 cloakroom-d"])
    }

    @Test(arguments: ["a\r\nEvil: 1", "a\nb", "a\0", " a"] as [ByteString])
    func `an edge cannot split the request by what it says itself`(text: ByteString) {
        #expect(request(head(client: text), bearer: nil) == nil)
        #expect(request(head(host: text), bearer: nil) == nil)
        #expect(request(head(requestID: text), bearer: nil) == nil)
    }

    @Test(
        arguments: [
            "set-cookie", "access-control-allow-origin", "Access-Control-Allow-Credentials", "clear-site-data",
            "service-worker-allowed", "refresh", "server", "www-authenticate", "x-powered-by", "alt-svc", "via",
            "strict-transport-security", "connection", "keep-alive", "proxy-authenticate", "transfer-encoding",
            "upgrade", "timing-allow-origin", "nel", "report-to", "reporting-endpoints", "cdn-cache-control",
            "Vendor-CDN-Cache-Control", "surrogate-control", "x-accel-redirect", "x-sendfile", "set-cookie2",
        ] as [ByteString])
    func `what would act on the browser or tell of the upstream does not pass`(name: ByteString) throws {
        let out = HeaderPolicy.response(fields([name: "x", "content-type": "text/plain"]), try route())
        #expect(out.names == ["content-type"])
    }

    @Test func `the rest of the answer passes`() throws {
        let given = fields([
            "content-type": "application/json", "content-length": "5", "etag": "\"x\"", "content-encoding": "gzip",
            "cache-control": "no-cache", "x-own": "1", "content-security-policy": "default-src 'none'",
        ])
        #expect(HeaderPolicy.response(given, try route()) == given)
    }

    @Test func `a location is the browser's or is none`() throws {
        let route = try route()
        let local = HeaderPolicy.response(fields(["location": "https://api.internal/a"]), route)
        #expect(local.value("location") == "/api/a")
        let foreign = fields(["location": "https://evil.example/", "content-location": "//x"])
        #expect(HeaderPolicy.response(foreign, route).isEmpty)
        let twice = HeaderPolicy.response(fields(["location": "/a", "Location": "/b"]), route)
        #expect(twice.isEmpty)
    }
}

@Suite struct LocationPolicyTests {
    static let base = "https://api.internal:8443/v1"

    @Test(arguments: [
        ("/v1/orders/7", "/api/orders/7"), ("/v1", "/api"), ("/v1/", "/api/"), ("/v1/a?b=c#d", "/api/a?b=c#d"),
        ("https://api.internal:8443/v1/a?b", "/api/a?b"), ("HTTPS://API.internal:8443/v1/a", "/api/a"),
        ("7", "7"), ("a/b?c", "a/b?c"), ("?page=2", "?page=2"), ("7?u=a:b", "7?u=a:b"), ("/v1/a%2Fb", "/api/a%2Fb"),
    ])
    func `a place of the upstream becomes a place of ours`(given: String, expected: String) throws {
        #expect(LocationPolicy.local(ByteString(given), try route(Self.base)) == ByteString(expected))
    }

    @Test(arguments: [
        "https://evil.example/v1/a", "http://api.internal:8443/v1/a", "https://api.internal/v1/a", "//evil.example/",
        "/\\evil.example", "\\\\evil", "javascript:alert(1)", "data:text/html,x", "mailto:a@b", "/v2/a", "/v10/a", "/",
        "https://api.internal:8443/", "https://user@api.internal:8443/v1/", "", "#a", "/v1/../a", "/v1//a", "/v1/a b",
        "/v1/\u{e9}", "https:/v1/a", "/v1/a\r\nSet-Cookie: x",
    ])
    func `any other place is none`(given: String) throws {
        #expect(LocationPolicy.local(ByteString(given), try route(Self.base)) == nil)
    }

    @Test func `without path rules the path stays`() throws {
        let text = #"{"routes":[{"id":"r","path":"/","target":"t","upstream":{"url":"http://127.0.0.1:9"}}]}"#
        let route = try #require(try routes(text).all.first)
        #expect(LocationPolicy.local("http://127.0.0.1:9/a", route) == "/a")
        #expect(LocationPolicy.local("http://127.0.0.1:9", route) == "/")
    }
}

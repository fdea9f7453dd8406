import Bytes
import JSON
import Testing

@testable import Session

/// Stands in for SHA-256: the same value for the same octets is all that is asked of it here.
private func fakeHash(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.suffix(32)) }

private func routes(_ text: String) throws -> Routes {
    try Routes(try JSON.parse(Array(text.utf8), dialect: .configuration), sha256: fakeHash)
}

/// Routes with these paths; the id of each is its path's number.
private func routes(paths: [String]) throws -> Routes {
    let entries = paths.enumerated().map { index, path in
        #"{"id": "\#(index)", "path": "\#(path)", "upstream": {"url": "http://127.0.0.1:9"}, "session": "none"}"#
    }
    return try routes(#"{"routes": [\#(entries.joined(separator: ","))]}"#)
}

private func problems(_ text: String) throws -> [RouteProblem] {
    do {
        _ = try routes(text)
        return []
    } catch let problems as RouteProblems {
        return problems.all
    }
}

extension Routes.Match {
    /// The id of the route, or a word for everything else.
    fileprivate var summary: String {
        switch self {
        case .route(let route): route.id.text
        case .methodNotAllowed: "405"
        case .ambiguous: "ambiguous"
        case .none: "none"
        }
    }
}

@Suite struct RouteMatching {
    static let table: [(path: String, expected: String)] = [
        ("/api/orders", "0"), ("/api/orders/", "0"), ("/api/orders/7", "0"), ("/api/orders/7/items", "0"),
        ("/api/ordersx", "1"), ("/api/orders%2F7", "1"), ("/api", "1"), ("/api/", "1"),
        ("/exact", "2"), ("/exact/", "none"), ("/exact/more", "none"),
        ("/t/a/x", "3"), ("/t/a/x/y", "none"), ("/t//x", "none"), ("/t/a", "none"), ("/t/a/y", "none"),
        ("/d/1", "4"), ("/d/1/", "4"), ("/d/1/2/3", "4"), ("/d", "none"), ("/d/", "none"), ("/", "none"), ("", "none"),
        ("/API/orders", "none"), ("/api/%6Frders/7", "ambiguous"), ("/api/x%2d", "ambiguous"),
        ("/api/x%7e", "ambiguous"),
        ("/api/x%2D%", "ambiguous"), ("/api/%20", "1"), ("/api/%C3%A9", "1"), ("/api/%", "1"),
    ]

    @Test(arguments: table) func `a path belongs to the route with the longest fixed beginning`(
        _ row: (path: String, expected: String)
    ) throws {
        let routes = try routes(paths: ["/api/orders/", "/api/", "/exact", "/t/{tenant}/x", "/d/{day}/"])
        #expect(routes.match(path: Array(row.path.utf8)[...]).summary == row.expected)
    }

    @Test func `the order of the file does not matter`() throws {
        let routes = try routes(paths: ["/", "/a/{x}", "/a/b/", "/a"])
        #expect(routes.match(method: "GET", path: "/a/b/c").summary == "2")
        #expect(routes.match(method: "GET", path: "/a/c").summary == "1")
        #expect(routes.match(method: "GET", path: "/a").summary == "3")
        #expect(routes.match(method: "GET", path: "/z/z").summary == "0")
        #expect(routes.match(method: "GET", path: "/").summary == "0")
    }

    @Test(arguments: [
        ("GET", "0"), ("HEAD", "0"), ("POST", "0"), ("DELETE", "405"), ("get", "405"), ("TRACE", "405"),
        ("OPTIONS", "405"), ("", "405"),
    ]) func `GET implies HEAD, and other methods are refused with the list of the allowed ones`(
        method: String, expected: String
    ) throws {
        let routes = try routes(
            #"{"routes":[{"id":"0","path":"/a/","methods":["POST","GET"],"upstream":{"url":"http://h"},"session":"none"}]}"#
        )
        #expect(routes.match(method: ByteString(method), path: "/a/b").summary == expected)
        #expect(routes.all[0].methods.allow == "GET, HEAD, POST")
    }
}

@Suite struct RouteReading {
    static let full = """
        { // one route with every key
          "routes": [{
            "id": "orders", "path": "/api/orders/", "methods": ["GET", "POST"],
            "upstream": {"url": "https://Orders.internal:8443/v2/", "protocol": "h2"}, "strip": "/api",
            "session": "required", "target": "orders", "require": {"scopes": ["orders.read"], "roles": ["admin"]},
            "csrf": "same-origin", "limits": {"body": "64KiB", "rate": "100/s"},
            "timeout": {"connect": "250ms", "first_byte": "3s", "idle": "1m", "total": null},
            "websocket": false, "on_unauthenticated": "login", "encoded_slash": "keep", "slide": false,
          }],
        }
        """

    @Test func `every key is read`() throws {
        let route = try routes(Self.full).all[0]
        #expect(route.id == "orders")
        #expect(route.methods == [.get, .head, .post])
        #expect(route.upstream.scheme == .https)
        #expect(route.upstream.authority == "orders.internal:8443")
        #expect(route.upstream.basePath == "/v2")
        #expect(route.upstream.version == .http2)
        #expect(route.session == .required)
        #expect(route.target == "orders")
        #expect(route.requirement == RouteRequirement(scopes: ["orders.read"], roles: ["admin"]))
        #expect(route.csrf == .sameOrigin)
        #expect(route.limits == RouteLimits(body: 65536, rate: Rate(count: 100, period: 1000)))
        #expect(route.timeouts == RouteTimeouts(connect: 250, firstByte: 3000, idle: 60_000, total: nil))
        #expect(route.onUnauthenticated == .login)
        #expect(route.encodedSlash == .keep)
        #expect(!route.slide)
    }

    @Test func `what is left out has the strict default`() throws {
        let route = try routes(
            #"{"routes":[{"id":"a","path":"/a","target":"t","upstream":{"url":"https://h"}}]}"#
        ).all[0]
        #expect(route.methods == [.get, .head])
        #expect(route.session == .required)
        #expect(route.csrf == .header)
        #expect(route.onUnauthenticated == .problem)
        #expect(route.encodedSlash == .refuse)
        #expect(route.slide)
        #expect(route.upstream.authority == "h")
    }

    @Test(arguments: [
        ("/api/orders/7", "/v2/orders/7"), ("/api/orders", "/v2/orders"), ("/api/orders/a%20b", "/v2/orders/a%20b"),
    ]) func `the upstream's path replaces what is stripped`(path: String, expected: String) throws {
        #expect(try routes(Self.full).all[0].upstreamPath(ByteString(path)) == ByteString(expected))
    }

    @Test func `stripping everything leaves the root`() throws {
        let route = try routes(
            #"{"routes":[{"id":"a","path":"/a/","strip":"/a","session":"none","upstream":{"url":"http://h"}}]}"#
        ).all[0]
        #expect(route.upstreamPath("/a") == "/")
        #expect(route.upstreamPath("/a/b") == "/b")
    }

    @Test func `comments and blanks do not change the digest, values do`() throws {
        let plain = try routes(paths: ["/a"])
        let commented = try routes(
            """
            {"routes": [ // the same
             {"id": "0", "path": "/a", "upstream": {"url": "http://127.0.0.1:9"}, "session": "none",},]}
            """)
        #expect(plain.digest == commented.digest)
        #expect(try routes(RouteReading.full).digest != plain.digest)
    }

    /// A route with one member changed or added, and the place of the problem that makes.
    static let faults: [(member: String, place: String)] = [
        (#""id": """#, "$.routes[0].id"), (#""id": "a b""#, "$.routes[0].id"), (#""id": 7"#, "$.routes[0].id"),
        (#""path": "orders""#, "$.routes[0].path"), (#""path": "/a//b""#, "$.routes[0].path"),
        (#""path": "/a/../b""#, "$.routes[0].path"), (#""path": "/a%20b""#, "$.routes[0].path"),
        (#""path": "/a/{}/b""#, "$.routes[0].path"), (#""path": "/é""#, "$.routes[0].path"),
        (#""methods": "GET""#, "$.routes[0].methods"), (#""methods": ["TRACE"]"#, "$.routes[0].methods"),
        (#""strip": "/b""#, "$.routes[0].strip"), (#""strip": "/ap""#, "$.routes[0].strip"),
        (#""session": "maybe""#, "$.routes[0].session"), (#""target": "t""#, "$.routes[0].target"),
        (#""session": "required""#, "$.routes[0].target"),
        (#""session": "optional", "target": null"#, "$.routes[0].target"),
        (#""require": {"roles": ["a"]}"#, "$.routes[0].require"),
        (#""require": {"role": []}"#, "$.routes[0].require.role"), (#""csrf": "off""#, "$.routes[0].csrf"),
        (#""limits": {"body": "1MB"}"#, "$.routes[0].limits.body"),
        (#""limits": {"body": -1}"#, "$.routes[0].limits.body"),
        (#""timeout": {"connect": "5"}"#, "$.routes[0].timeout.connect"),
        (#""timeout": {"idle": "0s"}"#, "$.routes[0].timeout.idle"),
        (#""timeout": {"total": "9999999999h"}"#, "$.routes[0].timeout.total"),
        (#""websocket": true"#, "$.routes[0].websocket"),
        (#""on_unauthenticated": "login""#, "$.routes[0].on_unauthenticated"),
        (#""upstream": {}"#, "$.routes[0].upstream.url"),
        (#""upstream": {"url": "ftp://h"}"#, "$.routes[0].upstream.url"),
        (#""upstream": {"url": "http://u@h"}"#, "$.routes[0].upstream.url"),
        (#""upstream": {"url": "http://h:0"}"#, "$.routes[0].upstream.url"),
        (#""upstream": {"url": "http://h?q"}"#, "$.routes[0].upstream.url"),
        (#""upstream": {"url": "http://h/{x}"}"#, "$.routes[0].upstream.url"),
        (#""upstream": {"url": "http://h", "protocol": "h2"}"#, "$.routes[0].upstream.protocol"),
        (#""upstream": []"#, "$.routes[0].upstream"), (#""retries": 3"#, "$.routes[0].retries"),
    ]

    @Test(arguments: faults) func `a fault is told with its place`(_ fault: (member: String, place: String)) throws {
        var members = [
            "id": #""id": "a""#, "path": #""path": "/api/x/""#, "upstream": #""upstream": {"url": "http://h"}"#,
            "session": #""session": "none""#,
        ]
        let name = try #require(fault.member.split(separator: "\"").first.map(String.init))
        members[name] = fault.member
        let text = #"{"routes": [{\#(members.values.sorted().joined(separator: ", "))}]}"#
        #expect(try problems(text).first?.path == fault.place)
    }

    @Test func `all faults are told at once`() throws {
        let found = try problems(#"{"routes": [{"path": "x"}, {"id": "b", "path": "/b", "upstream": 1}], "more": 1}"#)
        #expect(
            Set(found.map(\.path)) == [
                "$.more", "$.routes[0].id", "$.routes[0].path", "$.routes[0].target", "$.routes[0].upstream.url",
                "$.routes[1].target", "$.routes[1].upstream",
            ])
    }

    @Test(arguments: [
        ["/a/", "/a/"], ["/a/", "/a"], ["/a/{x}", "/a/{y}"], ["/a/{x}/", "/a/{y}/b"], ["/a/{x}/c", "/a/{y}/{z}"],
    ]) func `two routes for one path are a fault`(paths: [String]) throws {
        #expect(throws: RouteProblems.self) { try routes(paths: paths) }
    }

    @Test(arguments: [["/a/", "/b/"], ["/a/{x}", "/a/"], ["/a/{x}/b", "/a/{x}/c"], ["/a/{x}", "/a/{x}/b"]])
    func `routes that share no path, or of which one has the longer beginning, stand beside each other`(
        paths: [String]
    ) throws {
        #expect(try routes(paths: paths).all.count == 2)
    }

    @Test func `an id is used once`() throws {
        let entry = { (path: String) in
            #"{"id":"a","path":"\#(path)","session":"none","upstream":{"url":"http://h"}}"#
        }
        let found = try problems(#"{"routes": [\#(entry("/a")), \#(entry("/b"))]}"#)
        #expect(found.map(\.path) == ["$.routes[1].id"])
    }

    @Test(arguments: ["[]", "{}", #"{"routes": {}}"#]) func `a file without a list of routes is refused`(text: String)
        throws
    {
        #expect(throws: RouteProblems.self) { try routes(text) }
    }
}

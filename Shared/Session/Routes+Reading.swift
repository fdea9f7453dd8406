internal import Bytes
public import JSON

extension Routes {
    /// Reads the value of `routes.json`, or throws every problem of the file at once. `sha256` names the set.
    public init(_ value: JSONValue, sha256: ([UInt8]) -> [UInt8]) throws(RouteProblems) {
        var reader = MemberReader(value, path: "$")
        let list = reader.value("routes")
        if list?.array == nil { reader.problem("routes", "missing", hint: "write {\"routes\": […]}") }
        var routes: [Route] = []
        var problems: [RouteProblem] = []
        for (index, element) in (list?.array ?? []).enumerated() {
            var entry = MemberReader(element, path: "$.routes[\(index)]")
            let route = entry.route()
            let found = entry.finish()
            problems += found
            problems += Self.conflicts(of: route, with: routes, path: entry.path)
            routes.append(route)
        }
        problems = reader.finish() + problems
        guard problems.isEmpty else { throw RouteProblems(problems) }
        // Written anew, so that comments and blanks do not count.
        self.init(routes, digest: Base64.encodeURL(sha256(JSON.write(value))))
    }

    /// What a route and an earlier one cannot both have.
    private static func conflicts(of route: Route, with earlier: [Route], path: String) -> [RouteProblem] {
        var problems: [RouteProblem] = []
        for other in earlier {
            if other.id == route.id {
                problems.append(
                    RouteProblem("\(path).id", "\"\(route.id.text)\" is taken", hint: "give every route its own id"))
            }
            let tie = other.pattern.literal.count == route.pattern.literal.count
            if tie, other.pattern.overlaps(route.pattern) {
                problems.append(
                    RouteProblem(
                        "\(path).path", "takes the same paths as route \"\(other.id.text)\"",
                        hint: "one must have the longer fixed beginning; methods of one path belong into one route"))
            }
        }
        return problems
    }
}

extension MemberReader {
    fileprivate mutating func route() -> Route {
        let id = identifier()
        let pattern = pattern()
        let session = choice("session", default: Route.SessionRule.required)
        return Route(
            RouteDraft(
                id: id, pattern: pattern, methods: methods(), upstream: nested("upstream") { $0.upstream() },
                strip: strip(pattern), session: session, target: target(session), requirement: requirement(session),
                csrf: choice("csrf", default: .header), limits: nested("limits") { $0.limits() },
                timeouts: nested("timeout") { $0.timeouts() }, onUnauthenticated: onUnauthenticated(session),
                encodedSlash: choice("encoded_slash", default: .refuse), slide: slide()))
    }

    private mutating func identifier() -> ByteString {
        let id = requiredText("id", hint: "name the route: it appears in logs and metrics")
        if id.count > 64 || !id.bytes.allSatisfy(RoutePattern.isUnreserved) {
            problem("id", "not usable", hint: "write at most 64 letters, digits, -, ., _, ~")
        }
        return id
    }

    private mutating func pattern() -> RoutePattern {
        let text = requiredText("path", hint: "write a path such as \"/api/orders/\"")
        if let pattern = RoutePattern(text) { return pattern }
        if !text.isEmpty {
            problem(
                "path", "not usable: \(text)",
                hint: "begin with /; segments hold letters, digits, -, ., _, ~ or are {name}; no empty segments")
        }
        // Causes no problems beside its own.
        return .unusable
    }

    private mutating func methods() -> RouteMethods {
        var methods: RouteMethods = []
        for name in texts("methods") {
            guard let method = RouteMethods(token: name) else {
                problem("methods", "unknown method \(name)", hint: "use GET, HEAD, POST, PUT, PATCH, DELETE")
                continue
            }
            methods.insert(method)
        }
        if methods.isEmpty { methods = .get }
        if methods.contains(.get) { methods.insert(.head) }
        return methods
    }

    private mutating func strip(_ pattern: RoutePattern) -> ByteString {
        guard let strip = text("strip") else { return .empty }
        if !pattern.begins(with: strip) {
            problem("strip", "is not the beginning of the path", hint: "write whole fixed segments, such as \"/api\"")
        }
        return strip
    }

    private mutating func target(_ session: Route.SessionRule) -> ByteString? {
        let target = text("target")
        // A session is looked up by the token that is wanted of it.
        if session != .none, isAbsent("target") {
            problem(
                "target", "missing", hint: "name the token to attach, or set \"session\" to \"none\"")
        }
        if session == .none, target != nil {
            problem("target", "a token needs a session", hint: "set \"session\" to \"required\" or \"optional\"")
        }
        return target
    }

    private mutating func requirement(_ session: Route.SessionRule) -> RouteRequirement {
        let requirement = nested("require") { RouteRequirement(scopes: $0.texts("scopes"), roles: $0.texts("roles")) }
        if session != .required, !requirement.isEmpty {
            problem(
                "require", "nothing is required of a request without a session", hint: "set \"session\" to \"required\""
            )
        }
        return requirement
    }

    private mutating func onUnauthenticated(_ session: Route.SessionRule) -> Route.Unauthenticated {
        let rule = choice("on_unauthenticated", default: Route.Unauthenticated.problem)
        if rule == .login, session != .required {
            problem("on_unauthenticated", "a login needs a reason", hint: "set \"session\" to \"required\"")
        }
        return rule
    }

    private mutating func slide() -> Bool {
        if flag("websocket", default: false) {
            problem("websocket", "not supported", hint: "leave it out")
        }
        return flag("slide", default: true)
    }

    private mutating func limits() -> RouteLimits {
        RouteLimits(body: size("body", default: RouteLimits().body), rate: rate("rate"))
    }

    private mutating func timeouts() -> RouteTimeouts {
        let defaults = RouteTimeouts()
        return RouteTimeouts(
            connect: duration("connect") ?? defaults.connect, firstByte: duration("first_byte") ?? defaults.firstByte,
            idle: duration("idle") ?? defaults.idle, total: duration("total"))
    }

    private mutating func upstream() -> RouteUpstream {
        let url = requiredText("url", hint: "write an origin such as \"https://orders.internal\"")
        let version = choice("protocol", default: RouteUpstream.HTTPProtocol.http1)
        guard let upstream = RouteUpstream(url: url, version: version) else {
            if !url.isEmpty {
                problem(
                    "url", "not usable: \(url)", hint: "write http:// or https://, a host, a port and a path if need be"
                )
            }
            return RouteUpstream(scheme: .https, host: .empty, port: 443, basePath: .empty, version: version)
        }
        if version == .http2, upstream.scheme == .http {
            problem("protocol", "h2 needs TLS", hint: "use an https URL, or \"http/1.1\"")
        }
        return upstream
    }
}

internal import Bytes
internal import HTTP
internal import Session

/// Where a request goes. Pure: path and method in, destination out.
enum Destination {
    case endpoint(Endpoint)
    case route(Route)
    /// A browser asks whether a page of another origin may call a route (Fetch §3.3.2).
    case preflight(RouteMethods)
    case file
    case refused(Problem)
}

/// The edge's own addresses below a frontend's prefix.
enum Endpoint: Hashable {
    case health
    case login
    case callback(provider: ByteString?)
    case user
    case logout
    case logoutReturn

    /// HEAD is answered where nothing but looking is done.
    var methods: [HTTPMethod] {
        switch self {
        case .health, .user: [.get, .head]
        case .login, .callback, .logout: [.get, .post]
        case .logoutReturn: [.get]
        }
    }

    /// The address behind the prefix.
    init?(_ rest: ArraySlice<UInt8>) {
        switch ByteString(rest) {
        case "/healthz": self = .health
        case "/login": self = .login
        case "/callback": self = .callback(provider: nil)
        case "/user": self = .user
        case "/logout": self = .logout
        case "/logout/return": self = .logoutReturn
        case let path:
            let start: ByteString = "/callback/"
            let name = path.bytes.dropFirst(start.count)
            guard path.hasPrefix(start), !name.isEmpty, !name.contains(UInt8(ascii: "/")) else { return nil }
            self = .callback(provider: ByteString(name))
        }
    }
}

enum Router {
    static func destination(_ head: RequestHead, _ frontend: Frontend, _ routes: Routes) -> Destination {
        let path = head.target.pathBytes
        if head.target.hasEncodedSlash, !keepsEncodedSlash(head, routes) {
            return .refused(Problem(.malformedRequest, "A path may hold no encoded slash here."))
        }
        if frontend.owns(path) { return endpoint(head.method, path.dropFirst(frontend.prefix.count)) }
        switch routes.match(method: head.method, path: path) {
        case .route(let route): return .route(route)
        case .methodNotAllowed(let route):
            if head.method == .options { return .preflight(route.methods) }
            return .refused(notAllowed(route.methods.allow))
        case .ambiguous:
            return .refused(Problem(.ambiguousPath, "Write letters, digits, -, ., _ and ~ without percent-encoding."))
        case .none: return .file
        }
    }

    /// The parser lets `%2F` through; only a route that wants it gets it.
    private static func keepsEncodedSlash(_ head: RequestHead, _ routes: Routes) -> Bool {
        guard case .route(let route) = routes.match(path: head.target.pathBytes) else { return false }
        return route.encodedSlash == .keep
    }

    private static func endpoint(_ method: HTTPMethod, _ rest: ArraySlice<UInt8>) -> Destination {
        guard let endpoint = Endpoint(rest) else { return .refused(Problem(.notFound)) }
        if endpoint.methods.contains(method) { return .endpoint(endpoint) }
        if method == .options { return .preflight([.get, .post]) }
        return .refused(
            notAllowed(ByteString(Array(endpoint.methods.map(\.name.bytes).joined(separator: Array(", ".utf8))))))
    }

    static func notAllowed(_ methods: ByteString) -> Problem {
        var problem = Problem(.methodNotAllowed)
        problem.allow = methods
        return problem
    }
}

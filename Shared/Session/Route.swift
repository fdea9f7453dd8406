public import Bytes

/// One entry of `routes.json`: which requests, who may make them, and where they go. Edge and worker read the same
/// file and come to the same route, so that neither has to believe the other.
public final class Route: Sendable {
    public let id: ByteString
    public let pattern: RoutePattern
    public let methods: RouteMethods
    public let upstream: RouteUpstream
    /// What is taken off the front of the path before it goes upstream: a prefix of whole segments.
    public let strip: ByteString
    public let session: SessionRule
    /// The name of the token that is attached; present exactly when a session is.
    public let target: ByteString?
    public let requirement: RouteRequirement
    public let csrf: CSRFRule
    public let limits: RouteLimits
    public let timeouts: RouteTimeouts
    public let onUnauthenticated: Unauthenticated
    public let encodedSlash: EncodedSlash
    /// Whether a request counts as activity of the session.
    public let slide: Bool

    init(_ draft: RouteDraft) {
        id = draft.id
        pattern = draft.pattern
        methods = draft.methods
        upstream = draft.upstream
        strip = draft.strip
        session = draft.session
        target = draft.target
        requirement = draft.requirement
        csrf = draft.csrf
        limits = draft.limits
        timeouts = draft.timeouts
        onUnauthenticated = draft.onUnauthenticated
        encodedSlash = draft.encodedSlash
        slide = draft.slide
    }

    /// Whether a request needs a session, may have one, or is served without looking for one.
    public enum SessionRule: ByteString, Sendable, CaseIterable {
        case required, optional, none
    }

    /// What someone without a session gets: a problem document, or (on pages) a login.
    public enum Unauthenticated: ByteString, Sendable, CaseIterable {
        case problem = "401"
        case login
    }

    /// What happens to `%2F` in a path.
    public enum EncodedSlash: ByteString, Sendable, CaseIterable {
        case refuse, keep
    }

    /// The path for the upstream, percent-encoding untouched: what `strip` names is gone from the front, and the path
    /// of the upstream's URL stands there instead.
    public func upstreamPath(_ path: ByteString) -> ByteString {
        var rest = path.bytes[...]
        if !strip.isEmpty, path.hasPrefix(strip) { rest = rest.dropFirst(strip.count) }
        if rest.isEmpty { rest = [UInt8(ascii: "/")] }
        return upstream.basePath.isEmpty && rest.count == path.count ? path : ByteString(upstream.basePath.bytes + rest)
    }
}

/// Where a route leads: fixed by configuration, never by a request.
public struct RouteUpstream: Sendable, Hashable {
    public enum Scheme: ByteString, Sendable {
        case http, https
    }

    public enum HTTPProtocol: ByteString, Sendable, CaseIterable {
        case http1 = "http/1.1"
        case http2 = "h2"
    }

    public var scheme: Scheme
    /// Lower case; an IPv6 address keeps its brackets.
    public var host: ByteString
    public var port: UInt16
    /// The path of the URL without its last slash; empty for none.
    public var basePath: ByteString
    public var version: HTTPProtocol

    /// Host, and the port when it is not the scheme's own: the value of the Host field.
    public var authority: ByteString {
        port == (scheme == .https ? 443 : 80) ? host : host + ByteString(":\(port)")
    }
}

/// What the token and its claims must show.
public struct RouteRequirement: Sendable, Hashable {
    /// All of them must have been granted.
    public var scopes: [ByteString] = []
    /// At least one of them must be there, unless none is named.
    public var roles: [ByteString] = []

    public var isEmpty: Bool { scopes.isEmpty && roles.isEmpty }
}

public struct RouteLimits: Sendable, Hashable {
    /// The longest request body, in bytes.
    public var body: UInt64 = 1 << 20
    /// How often a session may call the route, or a client where the route has no session; nil for no limit.
    public var rate: Rate?
}

/// In milliseconds.
public struct RouteTimeouts: Sendable, Hashable {
    public var connect: UInt32 = 5000
    /// From the request's end to the response's head.
    public var firstByte: UInt32 = 30_000
    /// Between two pieces of body.
    public var idle: UInt32 = 60_000
    /// Altogether; nil for responses without end.
    public var total: UInt32?
}

/// A route while it is being read.
struct RouteDraft {
    var id: ByteString
    var pattern: RoutePattern
    var methods: RouteMethods
    var upstream: RouteUpstream
    var strip: ByteString
    var session: Route.SessionRule
    var target: ByteString?
    var requirement: RouteRequirement
    var csrf: CSRFRule
    var limits: RouteLimits
    var timeouts: RouteTimeouts
    var onUnauthenticated: Route.Unauthenticated
    var encodedSlash: Route.EncodedSlash
    var slide: Bool
}

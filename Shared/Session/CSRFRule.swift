public import Bytes
public import HTTP

/// What a route asks of a request so that another site cannot make it in the user's name.
public enum CSRFRule: ByteString, Sendable, CaseIterable {
    /// The custom header, which a foreign page cannot send without asking first.
    case header
    /// GET and HEAD also without the header, when the browser says that the request comes from our own origin: for
    /// images, downloads and event streams.
    case sameOrigin = "same-origin"
    /// Nothing: for callers that are not browsers.
    case none
}

extension CSRFRule {
    public enum Refusal: Hashable, Sendable {
        /// The custom header is not there.
        case headerMissing
        /// The browser says that another site is behind the request.
        case foreignOrigin
    }

    /// What speaks against a request; nil when it may go on. Decided before any session is looked for.
    ///
    /// Fetch metadata decide when the browser sends them. An older browser's `Origin` decides in their place; where
    /// both are missing the header alone does.
    ///
    /// `hasHeader` says whether the custom header is there with its one value; `own` is our origin, `trusted` are origins
    /// of the same site that may call, too.
    public func refusal(
        _ method: HTTPMethod, _ metadata: FetchMetadata, hasHeader: Bool, own: ByteString, trusted: [ByteString]
    ) -> Refusal? {
        if self == .none { return nil }
        let isOurs = Self.isOurs(metadata, own: own, trusted: trusted)
        if metadata.site == FetchMetadata.Site.none, !hasHeader { return .headerMissing }
        if !isOurs { return .foreignOrigin }
        if hasHeader { return nil }
        let isRead = method == .get || method == .head
        return self == .sameOrigin && isRead && metadata.site == .sameOrigin ? nil : .headerMissing
    }

    private static func isOurs(_ metadata: FetchMetadata, own: ByteString, trusted: [ByteString]) -> Bool {
        let origin: ByteString?
        switch metadata.origin {
        case .origin(let named)?: origin = named
        case nil: origin = nil
        case .null?, .other?: return false
        }
        switch metadata.site {
        case nil: return origin.map { $0 == own || trusted.contains($0) } ?? true
        case .sameOrigin?: return origin.map { $0 == own } ?? true
        // A sibling of the site: only one that is named, and never one that says it is us.
        case .sameSite?: return origin.map { trusted.contains($0) } ?? false
        case .crossSite?, FetchMetadata.Site.none?, .other?: return false
        }
    }
}

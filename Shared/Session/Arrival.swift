public import HTTP

/// What becomes of a request for a page that needs a session.
///
/// A Strict cookie is not sent when the user comes from another site: by a link in an e-mail, or back from the
/// provider. Such a request is answered by a tiny page that leads to the same place, now from our own site and with
/// the cookie. Only who arrives from our own site without a session has to log in, so there is neither a needless login
/// nor a loop.
public enum Arrival: Hashable, Sendable {
    case serve
    /// 401: whoever asks does not show a page to the user now.
    case refuse
    case bounce
    case login

    /// `hasSession` says whether the request came with the cookie of a live session, `hasCookie` whether with a session
    /// cookie at all, `wantsPage` whether a page is among what the client accepts.
    public init(
        _ method: HTTPMethod, _ metadata: FetchMetadata, hasSession: Bool, hasCookie: Bool, wantsPage: Bool
    ) {
        if hasSession {
            self = .serve
        } else if method != .get || !metadata.isTopLevelNavigation || !wantsPage {
            self = .refuse
        } else if metadata.site == .crossSite, !hasCookie {
            self = .bounce
        } else {
            self = .login
        }
    }

    /// Whether a login may begin: only where a page is shown to the user in a tab of its own, never in an image, a frame
    /// or ahead of time.
    public static func mayLogIn(_ method: HTTPMethod, _ metadata: FetchMetadata) -> Bool {
        method == .get && metadata.isTopLevelNavigation
    }
}

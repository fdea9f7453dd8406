public import Bytes

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

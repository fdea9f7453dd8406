internal import Bytes
internal import HTTP
internal import Session

/// One web application with its own origin, cookies and providers. A session of one frontend is unknown to another.
final class Frontend: Sendable {
    let id: ByteString
    let origin: HTTPOrigin
    /// Where the edge's own endpoints live: `/bff`.
    let prefix: ByteString
    /// The directory of its files; nil when it has none.
    let files: StaticFiles?
    /// The page for every address that the frontend's own router knows.
    let fallback: LocalPath?
    let providers: [ByteString]
    let cookies: CookieNames
    /// Origins of the same site that may call with credentials.
    let trustedOrigins: [ByteString]
    /// The header that a foreign page cannot send.
    let csrfHeader: FieldName
    /// The same as people write it.
    let csrfHeaderText: ByteString
    /// What of a browser's fields no worker sees: credentials of ours, and what only we may say.
    let withheld: FieldFilter
    /// What every answer made here carries.
    let fields: HTTPFields

    init(
        id: ByteString, origin: HTTPOrigin, prefix: ByteString, files: StaticFiles?, fallback: LocalPath?,
        providers: [ByteString], cookies: CookieNames, trustedOrigins: [ByteString], csrfHeader: FieldName,
        csrfHeaderText: ByteString
    ) {
        self.id = id
        self.origin = origin
        self.prefix = prefix
        self.files = files
        self.fallback = fallback
        self.providers = providers
        self.cookies = cookies
        self.trustedOrigins = trustedOrigins
        self.csrfHeader = csrfHeader
        self.csrfHeaderText = csrfHeaderText
        withheld = FieldFilter(Self.withheldNames + [csrfHeader])
        fields = AnswerFields.own(isSecure: origin.isSecure)
    }

    private static let withheldNames: [FieldName] = [
        .cookie, .authorization, .host, .expect, .forwarded, .xForwardedFor, .xForwardedHost, .xForwardedProto,
        .xRealIP, .xRequestID,
    ]

    /// A path below the prefix.
    func path(_ rest: ByteString) -> ByteString { prefix + rest }

    /// Whether a path belongs to the edge's own endpoints.
    func owns(_ path: ArraySlice<UInt8>) -> Bool {
        guard path.count >= prefix.count, path.prefix(prefix.count).elementsEqual(prefix.bytes) else { return false }
        return path.count == prefix.count || path[path.startIndex + prefix.count] == UInt8(ascii: "/")
    }

    /// Where a login or logout may lead to: a place of the frontend, but none of the edge's own endpoints, which would
    /// start over.
    func returnPath(_ text: ByteString) -> LocalPath? {
        guard let path = LocalPath(text) else { return nil }
        let end = text.bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? text.count
        return owns(text.bytes[..<end]) ? nil : path
    }

    /// Where someone signs in and comes back to this place.
    func loginPath(returningTo place: LocalPath?) -> ByteString {
        guard let place, place != .root else { return path("/login") }
        return path("/login?return_to=") + Percent.encode(place.bytes.bytes)
    }
}

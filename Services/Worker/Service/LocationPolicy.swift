internal import Bytes
internal import HTTP
internal import HTTPClient
internal import Session

/// What becomes of an upstream's word on where something is (RFC 9110 sections 8.7 and 10.2.2): the place as the
/// browser sees it, or nothing, so that no internal host shows and no upstream sends the browser elsewhere.
enum LocationPolicy {
    static func local(_ location: ByteString, _ route: Route) -> ByteString? {
        let hash = location.bytes.firstIndex(of: UInt8(ascii: "#")) ?? location.count
        guard location.bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }), hash > 0,
            let place = place(ByteString(location.bytes[..<hash]), route)
        else { return nil }
        return ByteString(place.bytes + location.bytes[hash...])
    }

    private static func place(_ reference: ByteString, _ route: Route) -> ByteString? {
        if reference.bytes.first == UInt8(ascii: "/") { return path(reference, route) }
        guard hasScheme(reference) else { return reference }
        guard let url = HTTPURL(reference), url.origin == route.upstream.origin else { return nil }
        return path(url.target.originForm, route)
    }

    /// What comes before the first slash or question mark has a colon.
    private static func hasScheme(_ reference: ByteString) -> Bool {
        reference.bytes.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }.contains(UInt8(ascii: ":"))
    }

    /// The route's path rules, backwards.
    private static func path(_ text: ByteString, _ route: Route) -> ByteString? {
        guard let target = try? RequestTarget(text, encodedSlash: .keep) else { return nil }
        let base = route.upstream.basePath
        let path = target.pathBytes
        guard path.starts(with: base.bytes) else { return nil }
        let rest = path.dropFirst(base.count)
        guard rest.isEmpty || rest.first == UInt8(ascii: "/") else { return nil }
        let query = target.query.map { [UInt8(ascii: "?")] + $0.bytes } ?? []
        let local = route.strip.bytes + rest
        return ByteString((local.isEmpty ? [UInt8(ascii: "/")] : local) + query)
    }
}

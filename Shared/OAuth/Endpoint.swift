public import Bytes
internal import HTTP

/// An absolute URL of a provider: https, or plain http on this machine where that is allowed.
///
/// It has a host, no user information, no fragment, and consists of the characters of RFC 3986 alone, so it can be
/// put in a request or a redirect as it is.
public struct Endpoint: Hashable, Sendable {
    /// The URL as it was given.
    public let url: ByteString

    /// The part after the question mark.
    let query: ByteString?

    /// Nil for any other text. `allowsLoopbackHTTP` admits `http` for `localhost`, 127.0.0.0/8 and `[::1]`.
    public init?(_ url: ByteString, allowsLoopbackHTTP: Bool = false) {
        let isSecure = url.hasPrefix("https://")
        guard url.count <= 2048, isSecure || url.hasPrefix("http://"), url.bytes.allSatisfy(Self.isAllowed) else {
            return nil
        }
        let rest = url.bytes[(isSecure ? 8 : 7)...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard let origin = HTTPOrigin(ByteString(url.bytes[..<end])) else { return nil }
        guard isSecure || (allowsLoopbackHTTP && Self.isLoopback(origin.authority)) else { return nil }
        self.url = url
        query = rest.firstIndex(of: UInt8(ascii: "?")).map { ByteString(rest[($0 + 1)...]) }
    }

    /// The URL with parameters behind those it has already (RFC 6749 §3.1).
    func appending(_ parameters: Form) -> ByteString {
        let separator: ByteString = query == nil ? "?" : query?.isEmpty == true ? "" : "&"
        return url + separator + parameters.encoded
    }

    /// Unreserved, reserved except `#`, and `%`.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || "-._~:/?[]@!$&'()*+,;=%".utf8.contains(byte)
    }

    private static func isLoopback(_ authority: ByteString) -> Bool {
        if authority == "[::1]" || authority.hasPrefix("[::1]:") { return true }
        let host = authority.bytes.prefix { $0 != UInt8(ascii: ":") }
        let parts = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return host.elementsEqual("localhost".utf8)
            || parts.count == 4 && parts[0].elementsEqual("127".utf8)
                && parts.allSatisfy { $0.count <= 3 && (Decimal.parse($0) ?? 256) <= 255 }
    }
}

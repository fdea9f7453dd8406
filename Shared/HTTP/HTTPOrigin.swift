public import Bytes

/// The origin of a web page over http or https (RFC 6454 §6.2), in lower case, without a default port.
public struct HTTPOrigin: Hashable, Sendable {
    /// `https://app.example` or `http://localhost:8080`.
    public let bytes: ByteString
    public let isSecure: Bool
    /// What requests to it carry in `Host`.
    public let authority: ByteString

    /// Nil unless it is exactly `http://` or `https://`, a host and optionally a port; no path, not even `/`.
    public init?(_ text: ByteString) {
        let text = ASCII.lowercased(text)
        guard let scheme = (["https://", "http://"] as [ByteString]).first(where: { text.hasPrefix($0) }),
            Authority.isValid(text.bytes.span, scheme.count, text.count)
        else { return nil }
        isSecure = scheme == "https://"
        let written = ByteString(text.bytes.dropFirst(scheme.count))
        let port: ByteString = isSecure ? ":443" : ":80"
        authority = written.hasSuffix(port) ? ByteString(written.bytes.dropLast(port.count)) : written
        bytes = scheme + authority
    }
}

extension HTTPOrigin: CustomStringConvertible {
    public var description: String { bytes.text }
}

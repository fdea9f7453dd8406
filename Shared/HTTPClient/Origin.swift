public import Bytes
public import HTTP

/// Where requests go: scheme, host and port (RFC 6454 section 4), taken from configuration or discovery, never from
/// a client. The host is lower case: a name, an IPv4 address, or an IPv6 address in brackets.
public struct Origin: Hashable, Sendable {
    public enum Scheme: Sendable { case http, https }

    public let scheme: Scheme
    public let host: ByteString
    public let port: UInt16
    let authorityField: FieldValue

    /// Nil when the host is neither a DNS name nor an address, or the port is 0.
    public init?(scheme: Scheme, host: ByteString, port: UInt16? = nil) {
        let host = ASCII.lowercased(host)
        guard Host(host) != nil, port != 0 else { return nil }
        self.scheme = scheme
        self.host = host
        let defaultPort: UInt16 = scheme == .http ? 80 : 443
        self.port = port ?? defaultPort
        let authority = self.port == defaultPort ? host : host + ByteString(":\(self.port)")
        guard let field = FieldValue(authority) else { return nil }
        authorityField = field
    }

    /// The value of a Host field: the port only where it is not the scheme's own.
    public var authority: ByteString { authorityField.bytes }

    /// The serialization, such as `https://api.example`.
    public var text: ByteString { (scheme == .http ? "http://" : "https://") + authority }

    public static func == (left: Origin, right: Origin) -> Bool {
        left.port == right.port && left.scheme == right.scheme && left.host == right.host
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(port)
        hasher.combine(host)
    }
}

extension Origin: CustomStringConvertible {
    public var description: String { text.description }
}

/// An absolute `http` or `https` URL of configuration or discovery, taken apart strictly: no userinfo, no fragment,
/// nothing outside visible ASCII, no default for a missing host.
public struct HTTPURL: Equatable, Sendable {
    public let origin: Origin
    /// Path and query as written; `/` when there was none.
    public let target: RequestTarget

    public init?(_ text: ByteString) {
        let bytes = text.bytes
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "\\") }),
            let (scheme, start) = Self.scheme(bytes)
        else { return nil }
        let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.endIndex
        guard let (host, port) = Self.hostAndPort(bytes[start..<end]),
            let origin = Origin(scheme: scheme, host: host, port: port),
            let target = Self.target(bytes[end...])
        else { return nil }
        self.origin = origin
        self.target = target
    }

    /// The URL as one text.
    public var text: ByteString { origin.text + target.originForm }

    private static func target(_ rest: ArraySlice<UInt8>) -> RequestTarget? {
        let slash: [UInt8] = rest.first == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        return try? RequestTarget(ByteString(slash + rest), encodedSlash: .keep)
    }

    private static func scheme(_ bytes: [UInt8]) -> (Origin.Scheme, Int)? {
        if ASCII.equalsIgnoringCase(bytes.prefix(8), Array("https://".utf8)) { return (.https, 8) }
        if ASCII.equalsIgnoringCase(bytes.prefix(7), Array("http://".utf8)) { return (.http, 7) }
        return nil
    }

    private static func hostAndPort(_ text: ArraySlice<UInt8>) -> (ByteString, UInt16?)? {
        let afterBrackets = text.lastIndex(of: UInt8(ascii: "]")) ?? text.startIndex
        guard let colon = text[afterBrackets...].firstIndex(of: UInt8(ascii: ":")) else {
            return (ByteString(text), nil)
        }
        guard let port = Decimal.parse(text[(colon + 1)...]).flatMap(UInt16.init(exactly:)),
            text[colon + 1] != UInt8(ascii: "0")
        else { return nil }
        return (ByteString(text[..<colon]), port)
    }
}

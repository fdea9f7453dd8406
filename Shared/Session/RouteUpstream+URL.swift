internal import Bytes

extension RouteUpstream {
    /// Reads `scheme://host[:port][/path]`: no user information, query or fragment.
    init?(url: ByteString, version: HTTPProtocol) {
        let scheme: Scheme
        let rest: ArraySlice<UInt8>
        if url.hasPrefix("https://") {
            (scheme, rest) = (.https, url.bytes.dropFirst(8))
        } else if url.hasPrefix("http://") {
            (scheme, rest) = (.http, url.bytes.dropFirst(7))
        } else {
            return nil
        }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<slash]) else { return nil }
        var path = rest[slash...]
        if path.last == UInt8(ascii: "/") { path = path.dropLast() }
        guard path.isEmpty || RoutePattern(ByteString(path))?.hasNames == false else { return nil }
        self.init(
            scheme: scheme, host: host, port: port ?? (scheme == .https ? 443 : 80), basePath: ByteString(path),
            version: version)
    }

    private static func authority(_ text: ArraySlice<UInt8>) -> (host: ByteString, port: UInt16?)? {
        let bracket = text.first == UInt8(ascii: "[") ? text.firstIndex(of: UInt8(ascii: "]")) : nil
        let colon = text[(bracket ?? text.startIndex)...].firstIndex(of: UInt8(ascii: ":"))
        let host = text[..<(colon ?? text.endIndex)]
        guard isHost(host, bracketed: bracket != nil) else { return nil }
        guard let colon else { return (ASCII.lowercased(ByteString(host)), nil) }
        guard let number = Decimal.parse(text[(colon + 1)...]), let port = UInt16(exactly: number), port > 0 else {
            return nil
        }
        return (ASCII.lowercased(ByteString(host)), port)
    }

    private static func isHost(_ host: ArraySlice<UInt8>, bracketed: Bool) -> Bool {
        if bracketed {
            guard host.count > 4, host.last == UInt8(ascii: "]") else { return false }
            return host.dropFirst().dropLast().allSatisfy {
                ASCII.isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
        }
        guard !host.isEmpty, host.count <= 253, host.first != UInt8(ascii: "-") else { return false }
        return host.allSatisfy {
            ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
        }
    }
}

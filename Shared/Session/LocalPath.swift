public import Bytes

/// A place of the frontend itself: a path, with query and fragment if need be, that no browser can take for anything
/// else. The only thing a login or logout ever leads back to.
public struct LocalPath: Sendable, Hashable {
    /// Begins with exactly one slash; visible ASCII only.
    public let text: ByteString

    public static let longest = 2048

    /// The frontend's first page.
    public static let root = LocalPath(checked: "/")

    /// Nil for everything that is not plainly local: two slashes, a backslash, a dot segment, a control character, in
    /// any spelling, a character outside ASCII, or more than 2,048 octets.
    public init?(_ text: ByteString) {
        guard text.bytes.first == UInt8(ascii: "/"), text.count <= Self.longest,
            text.bytes.allSatisfy(Self.isAllowed),
            Self.isPlain(text.bytes.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else { return nil }
        self.text = text
    }

    private init(checked text: ByteString) { self.text = text }

    /// Visible ASCII that needs no escape in a URL. Browsers read a backslash as a slash.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !"\"<>\\^`{|}".utf8.contains(byte)
    }

    /// Whether a path has neither empty nor dot segments, and escapes only what changes nothing in its structure.
    private static func isPlain(_ path: ArraySlice<UInt8>) -> Bool {
        guard let decoded = Percent.decode(path) else { return false }
        let hides = decoded.count != path.count
        if hides, decoded.count(where: isSlash) != path.count(where: isSlash) { return false }
        guard decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        let segments = decoded.dropFirst().split(omittingEmptySubsequences: false, whereSeparator: isSlash)
        // Only the last may be empty: that is a path that ends in a slash.
        return segments.dropLast().allSatisfy { !$0.isEmpty } && !segments.contains { isDots($0) }
    }

    private static func isSlash(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") }

    private static func isDots(_ segment: ArraySlice<UInt8>) -> Bool {
        (1...2).contains(segment.count) && segment.allSatisfy { $0 == UInt8(ascii: ".") }
    }
}

public import Bytes

/// Which paths a route takes: `/a/b` exactly, `/a/b/` that and everything below (`/a/b` too), `{name}` one segment.
///
/// Letters, digits, `-`, `.`, `_` and `~` only: each of them has one spelling in a path whose escapes are not of such
/// characters (`Routes.match` refuses the others), so nothing can evade a pattern by spelling it differently.
public struct RoutePattern: Sendable, Hashable {
    enum Segment: Sendable, Hashable {
        case literal(ByteString)
        case any
    }

    public let text: ByteString
    let segments: [Segment]
    /// Whether everything below matches, too.
    let isPrefix: Bool
    /// What a path must begin with: all before the first `{name}`, without a last slash.
    let literal: ByteString
    /// Whether nothing but the literal has to be looked at.
    private let isLiteral: Bool

    /// Nil when it does not begin with a slash, has an empty or dot segment or another character.
    public init?(_ text: ByteString) {
        guard text.bytes.first == UInt8(ascii: "/") else { return nil }
        var parts = text.bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        isPrefix = parts.last?.isEmpty ?? true
        if isPrefix { parts = parts.dropLast() }
        var segments: [Segment] = []
        for part in parts {
            guard let segment = Self.segment(part) else { return nil }
            segments.append(segment)
        }
        self.text = text
        self.segments = segments
        let fixed = segments.prefix { $0 != .any }
        isLiteral = fixed.count == segments.count
        var literal: [UInt8] = []
        for case .literal(let name) in fixed { literal += [UInt8(ascii: "/")] + name.bytes }
        if !isLiteral { literal.append(UInt8(ascii: "/")) }
        self.literal = ByteString(literal)
    }

    /// A pattern for a path that could not be read: it overlaps with nothing.
    static let unusable = RoutePattern()

    private init() {
        text = .empty
        segments = [.literal(.empty)]
        isPrefix = false
        literal = "/"
        isLiteral = true
    }

    /// Whether a segment is a `{name}`.
    var hasNames: Bool { !isLiteral }

    private static func segment(_ part: ArraySlice<UInt8>) -> Segment? {
        if part.first == UInt8(ascii: "{"), part.last == UInt8(ascii: "}"), part.count > 2 {
            return part.dropFirst().dropLast().allSatisfy(isUnreserved) ? .any : nil
        }
        guard !part.isEmpty, part != [UInt8(ascii: ".")], part != [UInt8(ascii: "."), UInt8(ascii: ".")] else {
            return nil
        }
        return part.allSatisfy(isUnreserved) ? .literal(ByteString(part)) : nil
    }

    /// RFC 3986 §2.3.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }

    /// Whether a path is one of the pattern's.
    func matches(_ path: ArraySlice<UInt8>) -> Bool {
        guard begins(path) else { return false }
        guard isLiteral else { return matchesSegments(path) }
        if path.count == literal.count { return true }
        return isPrefix && path[path.startIndex + literal.count] == UInt8(ascii: "/")
    }

    private func begins(_ path: ArraySlice<UInt8>) -> Bool {
        let expected = literal.bytes
        guard path.count >= expected.count else { return false }
        // Backwards: paths of one API differ at their ends.
        var index = expected.count
        while index > 0 {
            index -= 1
            if path[path.startIndex + index] != expected[index] { return false }
        }
        return true
    }

    private func matchesSegments(_ path: ArraySlice<UInt8>) -> Bool {
        var start = path.startIndex + 1
        for segment in segments {
            guard start <= path.endIndex else { return false }
            let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            guard end > start else { return false }
            if case .literal(let name) = segment, !path[start..<end].elementsEqual(name.bytes) { return false }
            start = end + 1
        }
        // Nothing is left, or what is left is below.
        return start == path.endIndex + 1 || isPrefix
    }

    /// Whether some path matches both.
    func overlaps(_ other: RoutePattern) -> Bool {
        guard !text.isEmpty, !other.text.isEmpty else { return false }
        let common = zip(segments, other.segments)
        for (left, right) in common where left != .any && right != .any && left != right { return false }
        if segments.count == other.segments.count { return true }
        return segments.count < other.segments.count ? isPrefix : other.isPrefix
    }

    /// Whether a path of whole segments is the beginning of everything that matches.
    func begins(with prefix: ByteString) -> Bool {
        guard let prefix = RoutePattern(prefix), prefix.isLiteral, !prefix.isPrefix else { return false }
        return segments.starts(with: prefix.segments)
    }
}

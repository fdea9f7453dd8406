/// What a parser accepts at most. All sizes in octets.
public struct HTTPLimits: Sendable {
    /// The request or status line with its CR LF.
    public var line: Int
    /// The field section with its line endings; trailers have a quarter of it.
    public var fields: Int
    public var fieldCount: Int
    /// The content, until the caller knows better (`limitBody(to:)`).
    public var body: UInt64
    /// Whether `%2F` in a path is refused, or kept and reported as `RequestTarget.hasEncodedSlash`.
    public var encodedSlash: EncodedSlash

    public init(
        line: Int = 8 * 1024, fields: Int = 32 * 1024, fieldCount: Int = 100, body: UInt64 = .max,
        encodedSlash: EncodedSlash = .refuse
    ) {
        self.line = line
        self.fields = fields
        self.fieldCount = fieldCount
        self.body = body
        self.encodedSlash = encodedSlash
    }
}

/// What becomes of `%2F` in a path: some see a separator there, others a character of a segment.
public enum EncodedSlash: Sendable {
    case refuse, keep
}

public import Bytes

/// JSON (RFC 8259) over octets: strict on input, always well-formed on output.
///
/// Everything a lenient reader lets pass, and on which two readers could disagree, is refused: duplicate
/// members, lone surrogates, invalid UTF-8, a byte order mark, octets after the document.
public enum JSON {
    /// What the reader accepts.
    public enum Dialect: Sendable {
        /// RFC 8259 and nothing else: for everything that comes from a peer.
        case strict
        /// For files that people write: also `//` and `/* */` comments, and a comma after the last element.
        case configuration
    }

    /// The value of a whole document.
    ///
    /// - Throws: `JSONError` with the offset of the first octet that cannot be accepted.
    public static func parse(
        _ bytes: [UInt8], limits: JSONLimits = .message, dialect: Dialect = .strict
    ) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes, limits: limits, dialect: dialect)
        return try parser.document()
    }

    /// As `parse(_:limits:dialect:)` for octets of another type.
    public static func parse(
        _ text: ByteString, limits: JSONLimits = .message, dialect: Dialect = .strict
    ) throws(JSONError) -> JSONValue {
        try parse(text.bytes, limits: limits, dialect: dialect)
    }
}

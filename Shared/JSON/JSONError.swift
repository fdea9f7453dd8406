/// Why a document was refused, and where.
public struct JSONError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The document ends inside a value, or is empty.
        case unexpectedEnd
        /// An octet that cannot stand here.
        case unexpectedByte
        /// A byte order mark at the start (RFC 8259 §8.1 forbids sending one).
        case byteOrderMark
        /// Something follows the document's value.
        case trailingBytes
        /// A number that is not spelled as RFC 8259 §6 says, or with more than 256 octets.
        case invalidNumber
        /// A `\` sequence that RFC 8259 §7 does not know.
        case invalidEscape
        /// Half of a surrogate pair: no character.
        case loneSurrogate
        /// Octets that are not UTF-8, overlong forms and surrogates included.
        case invalidUTF8
        /// A control character that is not escaped.
        case controlCharacter
        /// A member name for the second time in an object, however it is spelled.
        case duplicateMember
        /// A `/*` without its `*/` (configuration only).
        case unterminatedComment
        case tooLong
        case tooDeep
        case tooManyMembers
    }

    public var kind: Kind

    /// Octets before the place.
    public var offset: Int

    public init(_ kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension JSONError.Kind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unexpectedEnd: "the document ends too early"
        case .unexpectedByte: "unexpected character"
        case .byteOrderMark: "byte order mark at the start"
        case .trailingBytes: "something follows the end of the document"
        case .invalidNumber: "malformed number"
        case .invalidEscape: "unknown escape sequence in a string"
        case .loneSurrogate: "half of a surrogate pair in a string"
        case .invalidUTF8: "not UTF-8"
        case .controlCharacter: "control character in a string"
        case .duplicateMember: "the same member twice"
        case .unterminatedComment: "comment without end"
        case .tooLong: "the document is too long"
        case .tooDeep: "too many levels inside each other"
        case .tooManyMembers: "too many members"
        }
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String { "\(kind) at byte \(offset)" }
}

/// A place in a text as editors count it: lines and columns from 1, columns in code points.
public struct TextPosition: Hashable, Sendable, CustomStringConvertible {
    public var line: Int
    public var column: Int

    /// The place of the octet at `offset`. Lines end with LF.
    public init(of offset: Int, in bytes: [UInt8]) {
        line = 1
        column = 1
        for byte in bytes.prefix(max(0, offset)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
    }

    public var description: String { "line \(line), column \(column)" }
}

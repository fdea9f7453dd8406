/// An immutable string of octets: everything that comes from a peer, compared octet by octet.
///
/// Swift's `String` compares by canonical equivalence and treats CR LF as one character, so it never
/// holds wire data here. `description` is safe to log: what is not printable ASCII is escaped.
public struct ByteString: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// The UTF-8 octets of text that this program made itself.
    public init(_ text: String) { bytes = Array(text.utf8) }

    public static let empty = ByteString([UInt8]())

    public var count: Int { bytes.count }
    public var isEmpty: Bool { bytes.isEmpty }

    /// The text for people: invalid UTF-8 becomes U+FFFD. Never compare the result.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public func hash(into hasher: inout Hasher) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }

    public func hasPrefix(_ prefix: ByteString) -> Bool { bytes.starts(with: prefix.bytes) }

    public func hasSuffix(_ suffix: ByteString) -> Bool { bytes.suffix(suffix.count).elementsEqual(suffix.bytes) }

    public static func + (left: ByteString, right: ByteString) -> ByteString { ByteString(left.bytes + right.bytes) }
}

extension ByteString: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

extension ByteString: Comparable {
    /// Lexicographic by octet.
    public static func < (left: ByteString, right: ByteString) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ByteString: CustomStringConvertible {
    public var description: String {
        var out = ""
        for byte in bytes {
            if byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "\\x" + Hex.encode([byte]).text
            }
        }
        return out
    }
}

public import Bytes

/// A place on our own origin: an absolute path with optional query and fragment, spelled so that no browser can take it
/// for anything else. The only thing that a redirect or a return address may be.
public struct LocalPath: Hashable, Sendable {
    public let bytes: ByteString

    public static let root = LocalPath(validated: "/")

    public static let maximumLength = 2048

    /// Nil unless it begins with exactly one `/` and its path obeys the rules of a request target. Query and fragment
    /// hold visible ASCII without backslash, quotes and angle brackets.
    public init?(_ text: ByteString) {
        let end = text.count
        guard end <= LocalPath.maximumLength, text.bytes.first == UInt8(ascii: "/") else { return nil }
        let hash = text.bytes.firstIndex(of: UInt8(ascii: "#")) ?? end
        guard let parts = try? TargetParser(encodedSlash: .refuse).originForm(text.bytes.span, 0, hash),
            text.bytes[parts.pathEnd...].dropFirst().allSatisfy({ LocalPath.isTail($0) }),
            text.bytes[hash...].dropFirst().allSatisfy({ $0 != UInt8(ascii: "#") })
        else { return nil }
        bytes = text
    }

    private init(validated: ByteString) { bytes = validated }

    private static func isTail(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"): false
        default: 0x21...0x7E ~= byte
        }
    }

    /// For `Location`.
    public var fieldValue: FieldValue { FieldValue(validated: bytes) }
}

extension LocalPath: CustomStringConvertible {
    public var description: String { bytes.text }
}

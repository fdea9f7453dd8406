public import Bytes

/// Names and values of a query or an `application/x-www-form-urlencoded` content (URL Standard §5), read strictly and
/// kept in order; a repeated name stays visible.
public struct Form: Hashable, Sendable {
    public struct Pair: Hashable, Sendable {
        public let name: ByteString
        public let value: ByteString
    }

    public enum Fault: Error, Hashable, Sendable {
        /// A bad escape, an octet that should have been escaped, or a pair without a name.
        case malformed
        case tooManyPairs
        /// The name was asked for as the only one, and came more than once.
        case repeated(ByteString)
    }

    public private(set) var pairs: [Pair] = []

    public init() {}

    /// Reads what stands behind a `?` or in a content; nothing is no pairs.
    public init(parsing text: ArraySlice<UInt8>, maximumPairs: Int = 64) throws(Fault) {
        guard !text.isEmpty else { return }
        var start = text.startIndex
        while start <= text.endIndex {
            let end = text[start...].firstIndex(of: UInt8(ascii: "&")) ?? text.endIndex
            guard pairs.count < maximumPairs else { throw .tooManyPairs }
            pairs.append(try Form.pair(text[start..<end]))
            start = end + 1
        }
    }

    public init(parsing text: ByteString, maximumPairs: Int = 64) throws(Fault) {
        try self.init(parsing: text.bytes[...], maximumPairs: maximumPairs)
    }

    /// The value of a name that comes at most once; nil when absent.
    public func only(_ name: ByteString) throws(Fault) -> ByteString? {
        var found: ByteString?
        for pair in pairs where pair.name == name {
            if found != nil { throw .repeated(name) }
            found = pair.value
        }
        return found
    }

    public func all(_ name: ByteString) -> [ByteString] { pairs.filter { $0.name == name }.map { $0.value } }

    public func contains(_ name: ByteString) -> Bool { pairs.contains { $0.name == name } }

    public mutating func append(_ name: ByteString, _ value: ByteString) {
        pairs.append(Pair(name: name, value: value))
    }

    /// The pairs as a content, or behind a `?`.
    public var encoded: ByteString {
        var out: [UInt8] = []
        for pair in pairs {
            if !out.isEmpty { out.append(UInt8(ascii: "&")) }
            out.append(contentsOf: Percent.encodeForm(pair.name.bytes).bytes)
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: Percent.encodeForm(pair.value.bytes).bytes)
        }
        return ByteString(out)
    }

    private static func pair(_ text: ArraySlice<UInt8>) throws(Fault) -> Pair {
        guard text.allSatisfy({ ByteSet.query.contains($0) }) else { throw .malformed }
        let equals = text.firstIndex(of: UInt8(ascii: "=")) ?? text.endIndex
        guard let name = Percent.decode(text[..<equals], plusIsBlank: true), !name.isEmpty,
            let value = Percent.decode(text[equals...].dropFirst(), plusIsBlank: true)
        else { throw .malformed }
        return Pair(name: ByteString(name), value: ByteString(value))
    }
}

extension Form: CustomStringConvertible {
    /// Names only: values may be secret.
    public var description: String { "[" + pairs.map { $0.name.description }.joined(separator: ", ") + "]" }
}

public import Bytes

/// The name of a field: a token (RFC 9110 §5.1), kept in lower case.
public struct FieldName: Hashable, Sendable {
    private enum Storage: Hashable, Sendable {
        case known(KnownFieldName)
        case other(ByteString)
    }

    private let storage: Storage

    init(_ known: KnownFieldName) { storage = .known(known) }

    /// A name in any case, or nil if it is not a token of 1 to 256 octets.
    public init?(_ name: ByteString) { self.init(name.bytes[...]) }

    /// As `init(_:)`, for a part of a larger text.
    public init?(_ name: ArraySlice<UInt8>) {
        guard FieldName.isValid(name) else { return nil }
        self.init(validated: name)
    }

    init(validated name: ArraySlice<UInt8>) {
        if let known = KnownFieldNames.shared.find(name.span, 0, name.count) {
            storage = .known(known)
        } else {
            storage = .other(ByteString(name.map { ASCII.lowercased($0) }))
        }
    }

    var known: KnownFieldName? {
        if case .known(let name) = storage { name } else { nil }
    }

    /// The lower-case spelling.
    public var bytes: ByteString {
        switch storage {
        case .known(let name): name.spelling
        case .other(let name): name
        }
    }

    func append(to out: inout [UInt8]) {
        switch storage {
        case .known(let name): out.append(contentsOf: name.spelling.bytes)
        case .other(let name): out.append(contentsOf: name.bytes)
        }
    }

    static let maximumLength = 256

    static func isValid(_ name: ArraySlice<UInt8>) -> Bool { isValid(name.span, 0, name.count) }

    static func isValid(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        start < end && end - start <= maximumLength && ByteSet.token.holds(bytes, start, end)
    }
}

extension FieldName: CustomStringConvertible {
    public var description: String { bytes.text }
}

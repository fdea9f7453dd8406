/// Bytes that must not be seen: they print as `[redacted]`, are compared in constant time and are wiped when the
/// last owner lets go. Call `reveal()` only where the bytes leave for the one peer they are meant for.
public struct Secret: Sendable {
    private let storage: Storage

    public init(_ bytes: [UInt8]) { storage = Storage(bytes) }

    public init(_ string: ByteString) { self.init(string.bytes) }

    public var count: Int { storage.contents.count }

    public var isEmpty: Bool { storage.contents.isEmpty }

    /// The bytes themselves. The copy is the caller's to keep short-lived.
    public func reveal() -> [UInt8] { storage.contents }

    private final class Storage: Sendable {
        // Written only in deinit, when no other reference exists.
        nonisolated(unsafe) var bytes: [UInt8]

        init(_ bytes: [UInt8]) { unsafe self.bytes = bytes }

        var contents: [UInt8] { unsafe bytes }

        deinit { unsafe wipe(&bytes) }
    }
}

extension Secret: Equatable {
    public static func == (left: Secret, right: Secret) -> Bool {
        constantTimeEquals(left.storage.contents, right.storage.contents)
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[redacted]" }
    public var debugDescription: String { "[redacted]" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Whether two strings are equal, in a time that depends on their lengths only.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}

/// Overwrites the bytes with zeros; not inlined, so that the writes to memory about to be freed stay.
@inline(never)
public func wipe(_ bytes: inout [UInt8]) {
    for index in bytes.indices { bytes[index] = 0 }
    withExtendedLifetime(bytes) {}
}

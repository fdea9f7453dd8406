public import Bytes

/// What the broker knows a session by: SHA-256 of frontend id, a zero octet and the cookie's value. Made in the edge,
/// sent to the broker, stored by neither as it is. Whoever has it can act as the session, so it never prints.
public struct Handle: Hashable, Sendable {
    private let octets: Octets32

    /// A handle of exactly 32 octets.
    public init?(_ bytes: some Collection<UInt8>) {
        guard let octets = Octets32(bytes) else { return nil }
        self.octets = octets
    }

    public var bytes: [UInt8] { octets.bytes }
}

extension Handle: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[handle]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A SHA-256 digest: of a transaction cookie's value, of an access token.
public struct Digest: Hashable, Sendable {
    private let octets: Octets32

    /// A digest of exactly 32 octets.
    public init?(_ bytes: some Collection<UInt8>) {
        guard let octets = Octets32(bytes) else { return nil }
        self.octets = octets
    }

    public var bytes: [UInt8] { octets.bytes }
}

/// A session's random name towards edges and workers: says which session ended, opens nothing.
public struct SessionTag: Hashable, Sendable {
    private let octets: Octets16

    /// A tag of exactly 16 octets.
    public init?(_ bytes: some Collection<UInt8>) {
        guard let octets = Octets16(bytes) else { return nil }
        self.octets = octets
    }

    public var bytes: [UInt8] { octets.bytes }

    /// Eight evenly distributed octets, for choosing a worker by the session.
    public var hashPrefix: UInt64 { octets.prefix }
}

extension SessionTag: CustomStringConvertible {
    public var description: String { Base64.encodeURL(bytes).text }
}

/// The right to one session's token for one target, for seconds. Opaque outside the broker; never prints.
public struct Pass: Hashable, Sendable {
    public static let longest = 512

    public let text: ByteString

    /// 1 to 512 visible ASCII characters without `"` and `\`, so that it needs no escape on the wire.
    public init?(_ text: ByteString) {
        guard (1...Self.longest).contains(text.count), text.bytes.allSatisfy(Self.accepts) else { return nil }
        self.text = text
    }

    static func accepts(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

extension Pass: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[pass]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

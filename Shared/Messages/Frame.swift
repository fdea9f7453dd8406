import Bytes

/// What a frame carries.
public enum FrameKind: UInt8, Sendable, CaseIterable {
    /// A JSON-RPC 2.0 object, on stream 0.
    case message = 1
    /// A JSON object that opens a stream, or opens the answer on it.
    case head = 2
    /// Octets of a body, as they are.
    case body = 3
    /// A big-endian `u32`: how many more octets of body may be sent on the stream.
    case credit = 4
    /// A JSON object that says why a stream ends at once, in both directions.
    case abort = 5

    /// The longest payload, in octets.
    public var longestPayload: Int {
        switch self {
        case .message: 1 << 20
        case .head: 64 << 10
        case .body: 16 << 10
        case .credit: 4
        case .abort: 1 << 10
        }
    }
}

/// Bits of a frame's flags octet; all others are zero.
public struct FrameFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The last head or body of this direction.
    public static let end = FrameFlags(rawValue: 1)
    /// On the head that opens a stream: its answer's window is wide from the beginning.
    public static let wide = FrameFlags(rawValue: 2)

    /// The flags that a kind may carry.
    static func allowed(on kind: FrameKind) -> FrameFlags {
        switch kind {
        case .head: [.end, .wide]
        case .body: .end
        case .message, .credit, .abort: []
        }
    }
}

/// Why a connection is closed: what the peer sent breaks a rule of the protocol.
public enum FrameFault: Error, Hashable, Sendable {
    case unknownKind, unknownFlag, reservedNotZero
    /// Longer than its kind may be, or of a length that cannot be (an empty head, a credit of three octets).
    case badLength
    /// A message outside stream 0, another frame on it, or a stream that was never opened.
    case wrongStream
    /// A second head, a body before the head, anything after END.
    case outOfOrder
    /// Body beyond the credit, or credit beyond the window.
    case creditExceeded
    /// More streams or calls at once than `hello` allows.
    case tooMany
    case malformedAbort
    /// The peer does not read: what must be said has piled up.
    case backlog
}

/// The twelve octets before each payload, all numbers big-endian:
/// `u32` length of the payload, `u8` kind, `u8` flags, `u16` zero, `u32` stream.
public struct FrameHeader: Sendable, Hashable {
    public static let size = 12

    public let length: Int
    public let kind: FrameKind
    public let flags: FrameFlags
    public let stream: UInt32

    public init(_ kind: FrameKind, stream: UInt32, length: Int, flags: FrameFlags = []) {
        self.kind = kind
        self.stream = stream
        self.length = length
        self.flags = flags
    }

    /// Reads and checks a header; everything that can be said without knowing the streams is said here, before a
    /// single octet of the payload is waited for.
    public init(_ bytes: ArraySlice<UInt8>) throws(FrameFault) {
        let octets = bytes.span
        let length = Self.number(octets, 0)
        let kindFlagsZero = Self.number(octets, 4)
        guard let kind = FrameKind(rawValue: UInt8(kindFlagsZero >> 24)) else { throw .unknownKind }
        self.init(
            kind, stream: Self.number(octets, 8), length: Int(length),
            flags: FrameFlags(rawValue: UInt8(kindFlagsZero >> 16 & 0xFF)))
        guard flags.isSubset(of: .allowed(on: kind)) else { throw .unknownFlag }
        guard kindFlagsZero & 0xFFFF == 0 else { throw .reservedNotZero }
        guard self.length <= kind.longestPayload, self.length >= shortestPayload else { throw .badLength }
        guard (kind == .message) == (stream == 0) else { throw .wrongStream }
    }

    private static func number(_ octets: Span<UInt8>, _ place: Int) -> UInt32 {
        UInt32(octets[place]) << 24 | UInt32(octets[place + 1]) << 16 | UInt32(octets[place + 2]) << 8
            | UInt32(octets[place + 3])
    }

    private var shortestPayload: Int {
        switch kind {
        case .message, .head, .abort: 2
        case .credit: 4
        // An empty body says nothing unless it says END.
        case .body: flags.contains(.end) ? 0 : 1
        }
    }

    /// Appends the twelve octets.
    public func append(to out: inout [UInt8]) { out.append(atMost: Self.size, write) }

    func write(_ writer: inout OctetWriter) {
        let kindAndFlags = UInt64(kind.rawValue) << 24 | UInt64(flags.rawValue) << 16
        let first = UInt64(UInt32(truncatingIfNeeded: length)) << 32 | kindAndFlags
        writer.append(word: first.byteSwapped, keeping: 8)
        for shift: UInt32 in [24, 16, 8, 0] { writer.append(UInt8(truncatingIfNeeded: stream >> shift)) }
    }
}

extension [UInt8] {
    /// Corrects the length in a header that stands at `place`.
    mutating func setFrameLength(_ length: Int, at place: Int) {
        for offset in 0..<4 { self[place + offset] = UInt8(truncatingIfNeeded: length >> (24 - 8 * offset)) }
    }
}

/// One frame.
public struct Frame: Sendable, Hashable {
    public let kind: FrameKind
    public let flags: FrameFlags
    public let stream: UInt32
    public let payload: [UInt8]

    public init(_ kind: FrameKind, stream: UInt32, payload: [UInt8], flags: FrameFlags = []) {
        self.kind = kind
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    /// Appends header and payload.
    public func append(to out: inout [UInt8]) {
        FrameHeader(kind, stream: stream, length: payload.count, flags: flags).append(to: &out)
        out.append(contentsOf: payload)
    }

    /// A credit frame.
    static func credit(_ amount: Int, stream: UInt32) -> Frame {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: amount >> (24 - 8 * $0)) }
        return Frame(.credit, stream: stream, payload: bytes)
    }

    /// The amount of a credit frame.
    var amount: Int { payload.reduce(0) { $0 << 8 | Int($1) } }
}

public import Bytes

/// An internet address without a port. An IPv4 address is held as its mapped form (::ffff:0:0/96), so that both
/// spellings of one address are equal.
public struct IPAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Of 4 or 16 octets.
    init(octets: [UInt8]) {
        let isV4 = octets.count == 4
        high = isV4 ? 0 : Self.number(octets[..<8])
        low = isV4 ? 0xFFFF_0000_0000 | Self.number(octets[...]) : Self.number(octets[8...])
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> UInt64 { octets.reduce(0) { $0 << 8 | UInt64($1) } }

    /// The address of an internet socket; nil for a path.
    public init?(_ address: SocketAddress) {
        switch address {
        case .v4(let octets, _), .v6(let octets, _): self.init(octets: octets)
        case .unix: return nil
        }
    }

    /// Parses `192.0.2.1` and `2001:db8::1`.
    public init?(_ text: ByteString) {
        guard let octets = SocketAddress.octets(text.bytes) else { return nil }
        self.init(octets: octets)
    }

    var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The address as a socket's, with port 0.
    public var socketAddress: SocketAddress {
        let octets = Self.octets(high) + Self.octets(low)
        return isV4 ? .v4(Array(octets[12...]), port: 0) : .v6(octets, port: 0)
    }

    private static func octets(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }

    /// What stands for one client: the address itself, of IPv6 the first 64 bits, because whoever has one of those
    /// addresses has them all.
    public var client: IPAddress { isV4 ? self : IPAddress(high: high, low: 0) }
}

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
public struct IPNetwork: Hashable, Sendable {
    private let address: IPAddress
    private let bits: Int

    /// Nil for anything else, and when bits behind the prefix are set.
    public init?(_ text: ByteString) {
        let slash = text.bytes.firstIndex(of: UInt8(ascii: "/")) ?? text.count
        guard let address = IPAddress(ByteString(text.bytes[..<slash])) else { return nil }
        let most = address.isV4 ? 32 : 128
        var bits = most
        if slash < text.count {
            guard let prefix = Decimal.parse(text.bytes[(slash + 1)...]), prefix <= UInt64(most) else { return nil }
            bits = Int(prefix)
        }
        self.bits = address.isV4 ? 96 + bits : bits
        self.address = address
        guard Self.prefix(address, self.bits) == address else { return nil }
    }

    public func contains(_ other: IPAddress) -> Bool { Self.prefix(other, bits) == address }

    private static func prefix(_ address: IPAddress, _ bits: Int) -> IPAddress {
        IPAddress(high: address.high & mask(min(bits, 64)), low: address.low & mask(max(bits - 64, 0)))
    }

    /// The number whose first `bits` bits are set. A shift by 64 gives 0 in Swift.
    private static func mask(_ bits: Int) -> UInt64 { UInt64.max << UInt64(64 - bits) }
}

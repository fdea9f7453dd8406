internal import Bytes

/// Which resolved addresses an origin may lead to. Asked for every address of every connection, so that a name whose
/// answer changes leads nowhere else.
public struct AddressPolicy: Hashable, Sendable {
    /// Addresses that are refused unless they are allowed here.
    public struct Special: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// 127.0.0.0/8 and ::1.
        public static let loopback = Special(rawValue: 1)
        /// 169.254.0.0/16 and fe80::/10, and with them the metadata services of clouds; also fd00:ec2::254.
        public static let linkLocal = Special(rawValue: 2)
        /// Unspecified, multicast, broadcast and reserved: never the address of a service.
        public static let unusable = Special(rawValue: 4)
    }

    public var allowed: Special
    /// The one address that the origin names itself, 4 or 16 octets.
    public var literal: [UInt8]?

    public init(allowed: Special = [], literal: [UInt8]? = nil) {
        self.allowed = allowed
        self.literal = literal
    }

    /// What the configured origin itself says: an address means that address, `localhost` means loopback, and any
    /// other name means none of the special ones.
    public init(for origin: Origin) {
        switch Host(origin.host) {
        case .address(let octets): self.init(literal: octets)
        case .name("localhost"): self.init(allowed: .loopback)
        case .name, nil: self.init()
        }
    }

    /// Whether a connection may go to these 4 or 16 octets.
    public func permits(_ octets: [UInt8]) -> Bool {
        if let literal { return octets == literal }
        return allowed.isSuperset(of: Self.kind(octets))
    }

    static func kind(_ octets: [UInt8]) -> Special {
        switch octets.count {
        case 4: kindOfV4(octets)
        case 16: embedded(octets).map(kindOfV4) ?? kindOfV6(octets)
        default: .unusable
        }
    }

    private static func kindOfV4(_ octets: [UInt8]) -> Special {
        switch (octets[0], octets[1]) {
        case (127, _): .loopback
        case (169, 254): .linkLocal
        case (0, _), (224..., _): .unusable
        default: []
        }
    }

    private static let loopback6: [UInt8] = Array(repeating: 0, count: 15) + [1]
    private static let metadata6: [UInt8] = [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54]

    private static func kindOfV6(_ octets: [UInt8]) -> Special {
        if octets == loopback6 { return .loopback }
        if octets == metadata6 || octets[0] == 0xFE && octets[1] & 0xC0 == 0x80 { return .linkLocal }
        if octets.allSatisfy({ $0 == 0 }) || octets[0] == 0xFF { return .unusable }
        return []
    }

    /// The IPv4 address inside a mapped (::ffff:0:0/96), translated (64:ff9b::/96) or 6to4 (2002::/16) one.
    private static func embedded(_ octets: [UInt8]) -> [UInt8]? {
        let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B] + Array(repeating: 0, count: 8)
        if octets.starts(with: mapped) || octets.starts(with: translated) { return Array(octets[12...]) }
        return octets.starts(with: [0x20, 0x02]) ? Array(octets[2..<6]) : nil
    }
}

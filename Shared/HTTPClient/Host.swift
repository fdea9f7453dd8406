internal import Bytes
internal import Platform

/// The kinds of host in an origin.
enum Host: Equatable {
    case name(ByteString)
    /// The literal address, 4 or 16 octets.
    case address([UInt8])

    /// Nil for what is neither an address nor a name of letters, digits, hyphens and underscores.
    init?(_ text: ByteString) {
        if let octets = Self.octets(text) {
            self = .address(octets)
        } else if Self.isName(text.bytes) {
            self = .name(text)
        } else {
            return nil
        }
    }

    private static func octets(_ text: ByteString) -> [UInt8]? {
        let isNumeric = text.bytes.first == UInt8(ascii: "[") || text.bytes.last.map(ASCII.isDigit) == true
        guard isNumeric, text.bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        switch SocketAddress(text.text + ":1") {
        case .v4(let octets, _), .v6(let octets, _): return octets
        case .unix, nil: return nil
        }
    }

    /// A name whose last label starts with a letter, so that no resolver reads it as a number.
    private static func isName(_ text: [UInt8]) -> Bool {
        let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard text.count <= 253, let first = labels.last?.first, ASCII.isLetter(first) else { return false }
        return labels.allSatisfy(isLabel)
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy { ASCII.isAlphanumeric($0) || $0 == hyphen || $0 == UInt8(ascii: "_") }
    }
}

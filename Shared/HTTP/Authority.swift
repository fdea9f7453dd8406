import Bytes

/// Host and optional port as `Host` and absolute-form targets carry them (RFC 9110 §4.2, §7.2): a name, an IPv4 address
/// or a bracketed IPv6 address; never user information, never an empty host or port. A port has one spelling, without leading zeros.
enum Authority {
    static let maximumLength = 255

    static func isValid(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard start < end, end - start <= maximumLength else { return false }
        let hostEnd: Int
        if bytes[start] == UInt8(ascii: "[") {
            guard let bracket = Word.firstIndex(of: UInt8(ascii: "]"), in: bytes, from: start, to: end),
                isAddress(bytes, start + 1, bracket)
            else { return false }
            hostEnd = bracket + 1
        } else {
            hostEnd = Word.firstIndex(of: UInt8(ascii: ":"), in: bytes, from: start, to: end) ?? end
            guard hostEnd > start, ByteSet.hostName.holds(bytes, start, hostEnd), bytes[start] != UInt8(ascii: ".")
            else { return false }
        }
        return hostEnd == end || isPort(bytes, hostEnd, end)
    }

    private static func isAddress(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 2, end - start <= 45 else { return false }
        var colons = 0
        for index in start..<end {
            if bytes[index] == UInt8(ascii: ":") {
                colons += 1
            } else if !ASCII.isHexDigit(bytes[index]), bytes[index] != UInt8(ascii: ".") {
                return false
            }
        }
        return 2...8 ~= colons
    }

    private static func isPort(_ bytes: Span<UInt8>, _ colon: Int, _ end: Int) -> Bool {
        guard bytes[colon] == UInt8(ascii: ":"), 2...6 ~= end - colon, bytes[colon + 1] != UInt8(ascii: "0") else {
            return false
        }
        var port = 0
        for index in (colon + 1)..<end {
            guard ASCII.isDigit(bytes[index]) else { return false }
            port = port * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        return 1...65535 ~= port
    }
}

extension Authority {
    static func areEqual(_ bytes: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count {
            let (one, other) = (bytes[left.lowerBound + index], bytes[right.lowerBound + index])
            if ASCII.lowercased(one) != ASCII.lowercased(other) { return false }
        }
        return true
    }
}

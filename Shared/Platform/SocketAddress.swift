internal import Bytes
import Glibc

/// Where a socket listens or connects to: a numeric internet address, or a path.
public enum SocketAddress: Hashable, Sendable {
    /// Four octets and a port.
    case v4([UInt8], port: UInt16)
    /// Sixteen octets and a port.
    case v6([UInt8], port: UInt16)
    /// At most 107 octets.
    case unix(String)

    /// Parses `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` (which means 127.0.0.1) and `*:8080`.
    /// Nil for anything else; names are not resolved.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            let port = Decimal.parse(bytes[(colon + 1)...]).flatMap(UInt16.init(exactly:))
        else { return nil }
        var host = Array(bytes[..<colon])
        if host == Array("localhost".utf8) { host = Array("127.0.0.1".utf8) }
        if host == Array("*".utf8) { host = Array("0.0.0.0".utf8) }
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
            guard let octets = Self.octets(Array(host.dropFirst().dropLast()), AF_INET6, 16) else { return nil }
            self = .v6(octets, port: port)
        } else {
            guard let octets = Self.octets(host, AF_INET, 4) else { return nil }
            self = .v4(octets, port: port)
        }
    }

    private static func octets(_ text: [UInt8], _ family: Int32, _ size: Int) -> [UInt8]? {
        guard text.count < 46, !text.contains(0) else { return nil }
        let terminated = text.map { CChar(bitPattern: $0) } + [0]
        var octets = [UInt8](repeating: 0, count: size)
        return unsafe inet_pton(family, terminated, &octets) == 1 ? octets : nil
    }

    /// The 4 or 16 octets of a numeric address; nil for anything else.
    static func octets(_ text: [UInt8]) -> [UInt8]? { octets(text, AF_INET, 4) ?? octets(text, AF_INET6, 16) }

    public var isLoopback: Bool {
        switch self {
        case .v4(let octets, _): octets.first == 127
        case .v6(let octets, _): octets == Array(repeating: 0, count: 15) + [1]
        case .unix: true
        }
    }

    var family: Int32 {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unix: AF_UNIX
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .v4(let octets, let port): "\(Self.text(octets, AF_INET)):\(port)"
        case .v6(let octets, let port): "[\(Self.text(octets, AF_INET6))]:\(port)"
        case .unix(let path): path
        }
    }

    /// The address without the port.
    public var host: String {
        switch self {
        case .v4(let octets, _): Self.text(octets, AF_INET)
        case .v6(let octets, _): Self.text(octets, AF_INET6)
        case .unix(let path): path
        }
    }

    private static func text(_ octets: [UInt8], _ family: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 46)
        guard unsafe inet_ntop(family, octets, &buffer, 46) != nil else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension SocketAddress {
    /// Calls `body` with the kernel's form of the address.
    func withKernelForm<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) throws(SystemError) -> Result {
        var storage = sockaddr_storage()
        let size = try unsafe withUnsafeMutableBytes(of: &storage) { (raw) throws(SystemError) -> socklen_t in
            unsafe try fill(raw)
        }
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
        }
    }

    private func fill(_ raw: UnsafeMutableRawBufferPointer) throws(SystemError) -> socklen_t {
        switch self {
        case .v4(let octets, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &address.sin_addr) { unsafe $0.copyBytes(from: octets.prefix(4)) }
            unsafe raw.storeBytes(of: address, as: sockaddr_in.self)
            return socklen_t(MemoryLayout<sockaddr_in>.size)
        case .v6(let octets, let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0.copyBytes(from: octets.prefix(16)) }
            unsafe raw.storeBytes(of: address, as: sockaddr_in6.self)
            return socklen_t(MemoryLayout<sockaddr_in6>.size)
        case .unix(let path):
            let bytes = Array(path.utf8)
            guard bytes.count < 108, !bytes.isEmpty, !bytes.contains(0) else {
                throw SystemError(ENAMETOOLONG, call: "socket path", subject: path)
            }
            unsafe raw.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
            unsafe UnsafeMutableRawBufferPointer(rebasing: raw[2...]).copyBytes(from: bytes + [0])
            return socklen_t(2 + bytes.count + 1)
        }
    }

    /// The address in the kernel's form, nil for a family that is not known here.
    init?(kernelForm storage: sockaddr_storage) {
        var storage = storage
        let family = storage.ss_family
        let parsed: SocketAddress? = unsafe withUnsafeBytes(of: &storage) { raw in
            switch Int32(family) {
            case AF_INET:
                let port = unsafe UInt16(raw[2]) << 8 | UInt16(raw[3])
                return unsafe .v4(Array(raw[4..<8]), port: port)
            case AF_INET6:
                let port = unsafe UInt16(raw[2]) << 8 | UInt16(raw[3])
                return unsafe .v6(Array(raw[8..<24]), port: port)
            default: return nil
            }
        }
        guard let parsed else { return nil }
        self = parsed
    }
}

internal import CPlatform
import Glibc

/// Who is at the other end of a Unix socket, as the kernel recorded it when the socket was made. The process id is
/// left out: across containers it means nothing.
public struct PeerCredentials: Equatable, Sendable {
    public let uid: UInt32
    public let gid: UInt32

    public init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }
}

/// Makes stream sockets, all non-blocking and closed on exec.
public enum Sockets {
    /// Binds and listens on an internet address. Port 0 lets the kernel choose; see `localAddress`.
    public static func listen(_ address: SocketAddress, backlog: Int32 = 4096) throws(SystemError) -> FileDescriptor {
        let socket = try make(address)
        try setOption(socket, SOL_SOCKET, SO_REUSEADDR, 1)
        if case .v6 = address { try setOption(socket, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        try bind(socket, address)
        try start(socket, backlog, address)
        return socket
    }

    /// Binds and listens on a path that must not exist. The socket's mode is 0660, whatever the umask is, before anybody
    /// can connect.
    public static func listenUnix(_ path: String, backlog: Int32 = 1024) throws(SystemError) -> FileDescriptor {
        let address = SocketAddress.unix(path)
        let socket = try make(address)
        try bind(socket, address)
        do throws(SystemError) {
            try system("chmod", path) { unsafe chmod(path, 0o660) }
            try start(socket, backlog, address)
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
        return socket
    }

    /// Starts to connect; the socket is writable once it has, or has failed (`takeError`).
    public static func connect(_ address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let socket = try make(address)
        if case .unix = address {} else { try setOption(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        let raw = socket.rawValue
        let result = unsafe try address.withKernelForm { unsafe Glibc.connect(raw, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else { throw SystemError.last("connect", "\(address)") }
        return socket
    }

    /// The uid and gid at the other end of a Unix socket.
    public static func peerCredentials(_ descriptor: Int32) throws(SystemError) -> PeerCredentials {
        var uid: uid_t = 0
        var gid: gid_t = 0
        try system("getsockopt", "SO_PEERCRED") { unsafe cloakroom_peer_credentials(descriptor, &uid, &gid) }
        return PeerCredentials(uid: uid, gid: gid)
    }

    /// The address a socket is bound to.
    public static func localAddress(_ descriptor: Int32) -> SocketAddress? {
        unsafe address { unsafe getsockname(descriptor, $0, $1) }
    }

    /// The internet address at the other end.
    public static func peerAddress(_ descriptor: Int32) -> SocketAddress? {
        unsafe address { unsafe getpeername(descriptor, $0, $1) }
    }

    /// Sends small writes at once instead of waiting for more (TCP_NODELAY).
    public static func disableDelay(_ descriptor: Int32) {
        var one: Int32 = 1
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Bounds what the kernel takes for a peer before it has been sent (TCP_NOTSENT_LOWAT). Without, thousands of peers
    /// that hardly read use up the memory that all TCP connections of the machine share.
    public static func boundUnsent(_ descriptor: Int32, to octets: Int32) {
        var octets = octets
        let size = socklen_t(MemoryLayout<Int32>.size)
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &octets, size)
    }

    private static func make(_ address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        return FileDescriptor(adopting: try system("socket", "\(address)") { socket(address.family, type, 0) })
    }

    private static func bind(_ socket: borrowing FileDescriptor, _ address: SocketAddress) throws(SystemError) {
        let raw = socket.rawValue
        let result = unsafe try address.withKernelForm { unsafe Glibc.bind(raw, $0, $1) }
        if result != 0 { throw SystemError.last("bind", "\(address)") }
    }

    private static func start(
        _ socket: borrowing FileDescriptor, _ backlog: Int32, _ address: SocketAddress
    ) throws(SystemError) {
        let raw = socket.rawValue
        try system("listen", "\(address)") { Glibc.listen(raw, backlog) }
    }

    private static func setOption(
        _ socket: borrowing FileDescriptor, _ level: Int32, _ name: Int32, _ value: Int32
    ) throws(SystemError) {
        var value = value
        let raw = socket.rawValue
        try system("setsockopt") { unsafe setsockopt(raw, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) }
    }

    private static func address(
        _ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe ask($0, &size) }
        }
        return result == 0 ? SocketAddress(kernelForm: storage) : nil
    }
}

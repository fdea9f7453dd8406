import Glibc
internal import Platform

/// A client that sends octets and reads what comes, on a blocking socket that gives up after 10 s.
public final class RawClient: Sendable {
    private let descriptor: Int32

    /// `buffer` is what the kernel keeps at most of what has come and is not read yet.
    public init(port: UInt16, buffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = buffer {
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let raw = descriptor
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw SystemError(errno, call: "connect") }
    }

    deinit { close(descriptor) }

    public func send(_ text: String) { send(Array(text.utf8)) }

    public func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Ends both directions.
    public func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Ends the direction to the server.
    public func hangUpWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Returns when something has come, which stays there.
    public func waitForOctets() {
        var octet: UInt8 = 0
        _ = unsafe recv(descriptor, &octet, 1, Int32(MSG_PEEK))
    }

    public enum End: Equatable, Sendable {
        case closed
        case failed(Int32)
        case open
    }

    /// Reads until the text so far ends with `suffix` or the connection ends.
    public func read(until suffix: String? = nil) -> (text: String, end: End) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            if let suffix, bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) { return (text(bytes), .open) }
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count == 0 { return (text(bytes), .closed) }
            if count < 0 { return (text(bytes), .failed(errno)) }
            bytes += chunk.prefix(count)
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

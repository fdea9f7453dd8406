internal import CPlatform
import Glibc
internal import Synchronization

/// An open file, closed when its one owner lets go.
public struct FileDescriptor: ~Copyable, Sendable {
    public let rawValue: Int32

    public init(adopting rawValue: Int32) { self.rawValue = rawValue }

    deinit { close(rawValue) }

    /// A second descriptor of the same open file, closed on exec.
    public borrowing func duplicate() throws(SystemError) -> FileDescriptor {
        try FileDescriptor(duplicating: rawValue)
    }

    /// A descriptor of our own for an open file that someone else will close.
    public init(duplicating other: Int32) throws(SystemError) {
        self.init(adopting: try system("fcntl") { cloakroom_duplicate(other) })
    }

    /// Sets O_NONBLOCK and leaves the other flags.
    public borrowing func setNonblocking() throws(SystemError) {
        let raw = rawValue
        try system("fcntl") { cloakroom_set_nonblocking(raw) }
    }
}

/// A descriptor on its way between two closures, which cannot hand over what is not copyable.
public final class DescriptorBox: Sendable {
    private let descriptor: Mutex<FileDescriptor?>

    public init(_ descriptor: consuming FileDescriptor) { self.descriptor = Mutex(consume descriptor) }

    /// The descriptor, once. One that nobody takes is closed with its box.
    public func take() -> FileDescriptor? { descriptor.withLock { $0.take() } }
}

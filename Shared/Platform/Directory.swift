internal import CPlatform
import Glibc

/// A directory from which files are read by relative paths that lead nowhere else, whatever links lie in it.
public final class Directory: Sendable {
    private let descriptor: FileDescriptor

    /// Opens a directory; symbolic links on the way to it are followed.
    public init(_ path: String) throws(SystemError) {
        let raw = try system("open", path) { unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        descriptor = FileDescriptor(adopting: raw)
    }

    /// Opens a regular file below the directory. EXDEV when the path leads out of it, EISDIR for a directory.
    public func open(_ path: String) throws(SystemError) -> DirectoryFile {
        let raw = try system("openat2", path) { unsafe cloakroom_open_beneath(descriptor.rawValue, path) }
        return try DirectoryFile(FileDescriptor(adopting: raw), path)
    }
}

/// A regular file that is open for reading.
public struct DirectoryFile: ~Copyable {
    /// What distinguishes one version of a file from another.
    public struct Version: Hashable, Sendable {
        public let size: UInt64
        /// Nanoseconds since 1970.
        public let modified: Int64
        let inode: UInt64
    }

    private let descriptor: FileDescriptor
    public let version: Version

    init(_ descriptor: consuming FileDescriptor, _ path: String) throws(SystemError) {
        var status = stat()
        let raw = descriptor.rawValue
        try system("fstat", path) { unsafe fstat(raw, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL, call: "open", subject: path)
        }
        version = Version(
            size: UInt64(max(0, status.st_size)),
            modified: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec),
            inode: UInt64(status.st_ino))
        self.descriptor = descriptor
    }

    /// At most `count` octets from an offset; fewer at the end of the file.
    public borrowing func read(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let raw = descriptor.rawValue
        var filled = 0
        while filled < count {
            let place = off_t(clamping: offset) + off_t(filled)
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(raw, $0.baseAddress?.advanced(by: filled), count - filled, place)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw SystemError.last("pread") }
            if got == 0 { break }
            filled += got
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}

extension SystemError {
    public static let isDirectory = EISDIR
}

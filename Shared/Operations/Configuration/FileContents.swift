import Bytes
import Glibc
public import Platform

/// Whole files, read at once.
public enum FileContents {
    /// The octets of a regular file; symbolic links are followed. EFBIG when there are more than `limit`.
    public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        try OpenFile(path).contents(limit: limit)
    }
}

/// A regular file open for reading.
struct OpenFile: ~Copyable {
    let descriptor: FileDescriptor
    let status: stat
    private let path: String

    /// Opens without waiting, whatever the path names, and refuses what is no regular file.
    init(_ path: String) throws(SystemError) {
        let descriptor = FileDescriptor(adopting: unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
        let status = try Self.status(descriptor.rawValue, path)
        self.descriptor = descriptor
        self.status = status
        self.path = path
    }

    private static func status(_ descriptor: Int32, _ path: String) throws(SystemError) -> stat {
        var status = stat()
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else {
            throw SystemError(errno, call: "open", subject: path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let code = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
            throw SystemError(code, call: "open", subject: path)
        }
        return status
    }

    borrowing func contents(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(max(0, Int(status.st_size)), limit) + 1)
        var chunk = [UInt8](repeating: 0, count: 16_384)
        defer { wipe(&chunk) }
        while true {
            let count = unsafe Glibc.read(descriptor.rawValue, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(errno, call: "read", subject: path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw SystemError(EFBIG, call: "read", subject: path) }
        }
    }
}

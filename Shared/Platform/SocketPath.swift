import Glibc

/// Why a path is not fit for a socket of ours: someone else could put another in its place, or something is there
/// already that must not be lost.
public enum SocketPathError: Error, Equatable {
    /// No directory, or only a symbolic link to one.
    case noDirectory(String)
    /// Neither ours nor root's.
    case foreignOwner(String, uid: UInt32)
    /// The directory lets its group or everyone make and rename files.
    case writableByOthers(String, mode: UInt32)
    /// Something other than a socket: a file, a symbolic link.
    case notASocket(String)
    case system(SystemError)
}

extension SocketPathError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noDirectory(let path):
            "\(path) is not a directory: make it, with owner uid \(geteuid()), the client's group and mode 2750"
        case .foreignOwner(let path, let uid):
            "\(path) belongs to uid \(uid): its owner must be uid \(geteuid()) or root"
        case .writableByOthers(let path, let mode):
            "\(path) has mode \(String(mode, radix: 8)): only its owner may be able to write there; chmod go-w \(path)"
        case .notASocket(let path): "\(path) exists and is not a socket: remove it"
        case .system(let error): error.description
        }
    }
}

extension Sockets {
    /// Listens on a path, in place of a socket of ours that may be there: whoever connects from now on comes here,
    /// who is connected stays where he is. There is no moment without a socket.
    public static func listenUnix(replacing path: String, backlog: Int32 = 1024) throws(SocketPathError)
        -> FileDescriptor
    {
        try checkDirectory(directory(of: path))
        try checkPlace(path)
        let temporary = path + "." + String(UInt32(truncatingIfNeeded: Instant.now().nanoseconds >> 10), radix: 36)
        let listener: FileDescriptor
        do throws(SystemError) { listener = try listenUnix(temporary, backlog: backlog) } catch { throw .system(error) }
        guard unsafe rename(temporary, path) == 0 else {
            let error = SystemError.last("rename", path)
            _ = unsafe unlink(temporary)
            throw .system(error)
        }
        return listener
    }

    /// Removes a socket of ours, if there is one.
    public static func removeUnix(_ path: String) {
        guard let status = try? status(path), status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid() else {
            return
        }
        _ = unsafe unlink(path)
    }

    private static func directory(of path: String) -> String {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropLast()
        if parts.isEmpty { return "." }
        return parts.count == 1 ? "/" : parts.map { String(decoding: Array($0), as: UTF8.self) }.joined(separator: "/")
    }

    private static func checkDirectory(_ path: String) throws(SocketPathError) {
        guard let status = try status(path), status.st_mode & S_IFMT == S_IFDIR else { throw .noDirectory(path) }
        try checkOwner(path, status)
        guard status.st_mode & 0o022 == 0 else { throw .writableByOthers(path, mode: status.st_mode & 0o7777) }
    }

    private static func checkPlace(_ path: String) throws(SocketPathError) {
        guard let status = try status(path) else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        try checkOwner(path, status)
    }

    private static func checkOwner(_ path: String, _ status: stat) throws(SocketPathError) {
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .foreignOwner(path, uid: status.st_uid)
        }
    }

    /// What is at a path itself, links not followed; nil when there is nothing.
    private static func status(_ path: String) throws(SocketPathError) -> stat? {
        var status = stat()
        if unsafe lstat(path, &status) == 0 { return status }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw .system(.last("lstat", path))
    }
}

import Glibc
public import Platform

extension FileContents {
    /// Makes a file that must not exist, whole and on the disk, or not at all. It has this mode whatever the umask is.
    public static func create(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(SystemError) {
        let raw = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
        guard raw >= 0 else { throw SystemError(errno, call: "create", subject: path) }
        let file = FileDescriptor(adopting: raw)
        do throws(SystemError) {
            try write(file, bytes, path)
            guard fchmod(raw, mode_t(mode)) == 0 else { throw SystemError(errno, call: "fchmod", subject: path) }
            guard fsync(raw) == 0 else { throw SystemError(errno, call: "fsync", subject: path) }
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
    }

    private static func write(
        _ file: borrowing FileDescriptor, _ bytes: [UInt8], _ path: String
    ) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let raw = file.rawValue
            let count = unsafe bytes[written...].withUnsafeBytes { unsafe Glibc.write(raw, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError(errno, call: "write", subject: path) }
            written += count
        }
    }
}

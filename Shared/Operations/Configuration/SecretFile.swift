public import Bytes
import Glibc
import Platform

/// Why a file is not accepted as a secret, for people.
public struct SecretFileError: Error, Equatable {
    public let message: String
    public let hint: String
}

/// Files that hold a secret: regular (after symbolic links), and readable by us alone. That is: our own with at most
/// mode 0600, or root's with at most mode 0440 and a group of ours, as Kubernetes mounts them.
public enum SecretFile {
    /// The contents, without the one newline that editors put at the end.
    public static func read(_ path: String, limit: Int = 65_536) throws(SecretFileError) -> Secret {
        let file: OpenFile
        do { file = try OpenFile(path) } catch { throw unreadable(error, limit) }
        if let objection = FileOwnership(file.status).objection(for: .current, path) { throw objection }
        var bytes: [UInt8]
        do { bytes = try file.contents(limit: limit) } catch { throw unreadable(error, limit) }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw SecretFileError(message: "the secret's file is empty: \(path)", hint: "write the secret into it")
        }
        return Secret(bytes)
    }

    private static func unreadable(_ error: SystemError, _ limit: Int) -> SecretFileError {
        SecretFileError(
            message: "the secret's file cannot be read (\(error))",
            hint: "name a regular file of at most \(limit) bytes that this user may read")
    }
}

/// The user and the groups a process acts as.
struct ProcessIdentity {
    var uid: UInt32
    var groups: [UInt32]

    static var current: ProcessIdentity {
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = unsafe getgroups(Int32(groups.count), &groups)
        return ProcessIdentity(uid: geteuid(), groups: [getegid()] + groups.prefix(Int(max(0, count))))
    }
}

/// Who may read a file.
struct FileOwnership {
    var uid: UInt32
    var gid: UInt32
    /// Permission bits, set-id and sticky bits included.
    var mode: UInt32

    init(uid: UInt32, gid: UInt32, mode: UInt32) {
        self.uid = uid
        self.gid = gid
        self.mode = mode
    }

    init(_ status: stat) { self.init(uid: status.st_uid, gid: status.st_gid, mode: status.st_mode & 0o7777) }

    /// What speaks against the file as a secret of this process, nil when nothing does.
    func objection(for process: ProcessIdentity, _ path: String) -> SecretFileError? {
        let isOurs = uid == process.uid && mode & ~0o600 == 0
        let isMounted = uid == 0 && mode & ~0o440 == 0 && process.groups.contains(gid)
        if isOurs || isMounted { return nil }
        let octal = String(mode, radix: 8)
        return SecretFileError(
            message: "the secret's file is open to others (\(path) has mode 0\(octal), owner \(uid), group \(gid))",
            hint: uid == process.uid ? "chmod 0400 \(path)" : "chown \(process.uid) \(path) && chmod 0400 \(path)")
    }
}

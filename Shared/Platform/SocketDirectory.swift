import Glibc

/// The sockets in a directory.
public enum SocketDirectory {
    public struct Entry: Hashable, Sendable {
        /// The file's name, which ends in `.sock`.
        public let name: String
        /// The uid that owns it.
        public let owner: UInt32
    }

    /// The sockets whose names end in `.sock`, sorted.
    public static func sockets(in path: String) throws(SystemError) -> [Entry] {
        guard let stream = unsafe opendir(path) else { throw .last("opendir", path) }
        defer { unsafe closedir(stream) }
        var found: [Entry] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard name.utf8.reversed().starts(with: ".sock".utf8.reversed()) else { continue }
            var status = stat()
            guard unsafe lstat(path + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { continue }
            found.append(Entry(name: name, owner: status.st_uid))
        }
        return found.sorted { $0.name < $1.name }
    }
}

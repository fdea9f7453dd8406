internal import Bytes
internal import HTTP
internal import Platform
internal import Synchronization

/// The files of a frontend. Small ones are kept in memory, bounded, and looked at again after a second; nothing outside
/// the directory is ever served.
final class StaticFiles: Sendable {
    /// A file as it was looked at last.
    struct Known: Sendable {
        let version: DirectoryFile.Version
        /// Nil when it is too large to be kept.
        let contents: [UInt8]?
        let checked: Instant

        var etag: ByteString {
            ByteString("\"\(String(version.modified, radix: 16))-\(String(version.size, radix: 16))\"")
        }
    }

    fileprivate struct Cache {
        var files: [ByteString: Known] = [:]
        var bytes = 0
    }

    static let largestKept = 256 * 1024
    static let capacity = 32 << 20
    private static let freshness: Duration = .seconds(1)

    private let directory: Directory
    private let cache = Mutex(Cache())

    init(_ path: String) throws(SystemError) { directory = try Directory(path) }

    /// The file at a relative path, nil when there is none that may be served. Throws when that cannot be found out now;
    /// what is known is served meanwhile.
    func file(_ path: ByteString, now: Instant) throws(SystemError) -> Known? {
        let known = cache.withLock { $0.files[path] }
        if let known, now < known.checked + Self.freshness { return known }
        guard let looked = try look(path, known, now) else {
            cache.withLock { $0.remove(path) }
            return nil
        }
        cache.withLock { $0.keep(looked, path) }
        return looked
    }

    /// The octets of a file that is not kept.
    func open(_ path: ByteString) -> DirectoryFile? { try? directory.open(path.text) }

    private func look(_ path: ByteString, _ known: Known?, _ now: Instant) throws(SystemError) -> Known? {
        let file: DirectoryFile
        do throws(SystemError) { file = try directory.open(path.text) } catch {
            guard error.isShortage else { return nil }
            guard let known else { throw error }
            return Known(version: known.version, contents: known.contents, checked: now)
        }
        let version = file.version
        if let known, known.version == version {
            return Known(version: version, contents: known.contents, checked: now)
        }
        guard version.size <= Self.largestKept else { return Known(version: version, contents: nil, checked: now) }
        guard let contents = try? file.read(at: 0, count: Int(version.size)), contents.count == Int(version.size) else {
            return nil
        }
        return Known(version: version, contents: contents, checked: now)
    }
}

extension StaticFiles.Cache {
    fileprivate mutating func keep(_ file: StaticFiles.Known, _ path: ByteString) {
        remove(path)
        let size = (file.contents?.count ?? 0) + 256
        // Rare: more files than memory for them. Then all are looked at anew.
        if bytes + size > StaticFiles.capacity { self = StaticFiles.Cache() }
        files[path] = file
        bytes += size
    }

    fileprivate mutating func remove(_ path: ByteString) {
        guard let old = files.removeValue(forKey: path) else { return }
        bytes -= (old.contents?.count ?? 0) + 256
    }
}

extension StaticFiles {
    /// The relative path of the file that an address names: percent-encoding undone, `index.html` for a directory. Nil
    /// for what is never served: hidden files, and names that no file of a frontend has.
    static func relativePath(_ path: ArraySlice<UInt8>) -> ByteString? {
        guard path.first == UInt8(ascii: "/"), let decoded = Percent.decode(path.dropFirst()) else { return nil }
        guard decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
        let segments = decoded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            if segment.isEmpty, index != segments.count - 1 { return nil }
            if segment.first == UInt8(ascii: "."), !segment.elementsEqual(".well-known".utf8) { return nil }
        }
        let isDirectory = segments.last?.isEmpty ?? true
        return ByteString(decoded + (isDirectory ? Array("index.html".utf8) : []))
    }

    /// Whether the last segment of a path looks like a file's name.
    static func hasExtension(_ path: ArraySlice<UInt8>) -> Bool {
        let name = path[(path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex)...]
        return name.contains(UInt8(ascii: "."))
    }
}

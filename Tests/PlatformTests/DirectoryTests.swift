import Glibc
import Platform
import Testing

/// A directory of its own for a test, removed with the value.
private final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/cloakroom-directory-XXXXXX".utf8CString)
        path = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
    }

    deinit { _ = unsafe system("rm -rf '\(path)'") }

    func write(_ name: String, _ text: String) {
        guard let file = unsafe fopen("\(path)/\(name)", "w") else { return }
        _ = unsafe fputs(text, file)
        unsafe fclose(file)
    }
}

@Suite struct DirectoryTests {
    @Test func `files below are read, also through links that stay inside`() throws {
        let scratch = try Scratch()
        unsafe mkdir("\(scratch.path)/sub", 0o755)
        scratch.write("sub/a.txt", "hello")
        unsafe symlink("sub/a.txt", "\(scratch.path)/link")
        let directory = try Directory(scratch.path)
        for name in ["sub/a.txt", "link", "sub/../link"] {
            let file = try directory.open(name)
            #expect(file.version.size == 5)
            let all = try file.read(at: 0, count: 100)
            let middle = try file.read(at: 1, count: 2)
            #expect(all == Array("hello".utf8))
            #expect(middle == Array("el".utf8))
        }
    }

    @Test(arguments: ["../outside", "/etc/passwd", "out", "up/passwd", "sub", "missing", ""])
    func `nothing else is`(name: String) throws {
        let scratch = try Scratch()
        unsafe mkdir("\(scratch.path)/sub", 0o755)
        unsafe symlink("/etc/passwd", "\(scratch.path)/out")
        unsafe symlink("/etc", "\(scratch.path)/up")
        let directory = try Directory(scratch.path)
        #expect(throws: SystemError.self) { _ = try directory.open(name).version }
    }

    @Test func `a changed file has another version`() throws {
        let scratch = try Scratch()
        scratch.write("a", "one")
        let directory = try Directory(scratch.path)
        let first = try directory.open("a").version
        let again = try directory.open("a").version
        scratch.write("a", "three")
        let second = try directory.open("a").version
        #expect(first == again)
        #expect(first != second)
    }
}

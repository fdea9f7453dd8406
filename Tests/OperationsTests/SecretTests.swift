import Bytes
import Foundation
import Glibc
import Testing

@testable import Operations

@Suite struct SecretTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test(arguments: [("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("s3cret\n\n", "s3cret\n"), (" s \r\n", " s \r")])
    func `a secret is its file's contents without one newline`(_ contents: String, _ expected: String) throws {
        try scratch.write("key", contents, mode: 0o400)
        let (value, problems) = try scratch.read("{\"password\": {\"file\": \"key\"}}") { $0.secret("password") }
        #expect(problems == [])
        #expect(value?.reveal() == Array(expected.utf8))
    }

    @Test func `a symbolic link to a good file is followed`() throws {
        let file = try scratch.write("key", "x", mode: 0o600)
        let link = scratch.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(try SecretFile.read(link).reveal() == Array("x".utf8))
    }

    @Test func `a secret in the configuration itself is refused and not repeated`() throws {
        let (_, problems) = try scratch.read("{\"password\": \"hunter2\", \"other\": 12345}") {
            ($0.secret("password"), $0.optionalSecret("other"))
        }
        #expect(problems.count == 2)
        #expect(problems[0].contains("$.password: a secret never stands in the configuration itself"))
        #expect(problems[0].contains("{\"file\": \"/run/secrets/password\"}"))
        #expect(!problems.joined().contains("hunter2") && !problems.joined().contains("12345"))
    }

    @Test func `a missing secret is a problem unless it is optional`() throws {
        let (value, problems) = try scratch.read("{\"other\": null}") { reader in
            _ = reader.secret("password")
            return reader.optionalSecret("other")
        }
        #expect(value == .some(nil))
        #expect(problems == ["edge.json: $.password: missing — write {\"file\": \"/run/secrets/password\"}"])
    }

    @Test func `the environment may name the file of a secret`() throws {
        let file = try scratch.write("key", "from the environment")
        let environment = ["CLOAKROOM_EDGE_PASSWORD_FILE": ByteString(file)]
        let (value, problems) = try scratch.read("{}", environment: environment) { $0.optionalSecret("password") }
        #expect(problems == [])
        #expect(value??.reveal() == Array("from the environment".utf8))
    }

    @Test(arguments: [0o640, 0o604, 0o666, 0o700, 0o440, 0o4600])
    func `a file of ours that others may read or run is refused, with the cure`(_ mode: Int) throws {
        let file = try scratch.write("key", "x")
        try #require(unsafe chmod(file, mode_t(mode)) == 0)
        // Root's own file of mode 0440 and of its own group is also one that root may read as a mounted one.
        guard geteuid() != 0 || mode != 0o440 else { return }
        let error = #expect(throws: SecretFileError.self) { try SecretFile.read(file) }
        #expect(error?.message.contains("mode 0" + String(mode, radix: 8)) == true)
        #expect(error?.hint == "chmod 0400 \(file)")
    }

    @Test(arguments: [
        (FileOwnership(uid: 7, gid: 9, mode: 0o400), true), (FileOwnership(uid: 7, gid: 9, mode: 0o600), true),
        (FileOwnership(uid: 7, gid: 9, mode: 0o200), true), (FileOwnership(uid: 7, gid: 8, mode: 0o440), false),
        (FileOwnership(uid: 0, gid: 8, mode: 0o440), true), (FileOwnership(uid: 0, gid: 80, mode: 0o040), true),
        (FileOwnership(uid: 0, gid: 9, mode: 0o440), false), (FileOwnership(uid: 0, gid: 8, mode: 0o640), false),
        (FileOwnership(uid: 0, gid: 8, mode: 0o444), false), (FileOwnership(uid: 6, gid: 8, mode: 0o440), false),
        (FileOwnership(uid: 6, gid: 8, mode: 0o400), false), (FileOwnership(uid: 7, gid: 8, mode: 0o1600), false),
    ])
    func `our own at most 0600 or root's at most 0440 with a group of ours`(_ file: FileOwnership, _ accepted: Bool) {
        let process = ProcessIdentity(uid: 7, groups: [8, 80])
        let objection = file.objection(for: process, "/k")
        #expect((objection == nil) == accepted)
        #expect(objection.map { $0.hint.hasSuffix("chmod 0400 /k") } ?? true)
    }

    @Test func `what is no regular file of a fitting size with something in it is refused`() throws {
        let pipe = scratch.path + "/pipe"
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        let long = try scratch.write("long", String(repeating: "x", count: 65_537))
        let empty = try scratch.write("empty", "\n")
        for path in [pipe, long, empty, scratch.path, scratch.path + "/missing", "/dev/zero"] {
            #expect(throws: SecretFileError.self) { try SecretFile.read(path) }
        }
    }
}

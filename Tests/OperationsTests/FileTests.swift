import Foundation
import Operations
import Testing

@Suite struct FileTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test func `a file is made whole, with its mode, and never over another`() throws {
        let path = scratch.path + "/keys.json"
        try FileContents.create(path, Array("{}".utf8), mode: 0o400)
        #expect(try FileContents.read(path, limit: 2) == Array("{}".utf8))
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o400)
        #expect(throws: (any Error).self) { try FileContents.create(path, [], mode: 0o600) }
        #expect(try FileContents.read(path, limit: 2) == Array("{}".utf8))
    }

    @Test func `a file longer than the limit is refused`() throws {
        let path = try scratch.write("long", "123")
        #expect(throws: (any Error).self) { try FileContents.read(path, limit: 2) }
    }
}

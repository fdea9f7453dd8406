import Bytes
import Foundation
import Operations

/// A directory of a test's own, removed when the test is over.
final class Scratch {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("cloakroom-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and answers its path.
    @discardableResult
    func write(_ name: String, _ contents: String, mode: Int = 0o600) throws -> String {
        let file = path + "/" + name
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: mode]
        guard FileManager.default.createFile(atPath: file, contents: Data(contents.utf8), attributes: attributes) else {
            throw CocoaError(.fileWriteUnknown)
        }
        return file
    }

    /// Reads `contents` as edge.json, and answers the value and all problems.
    func read<Value>(
        _ contents: String, environment: [String: ByteString] = [:], _ body: (ConfigurationReader) -> Value
    ) throws -> (value: Value?, problems: [String]) {
        let file = try write("edge.json", contents)
        let problems = ConfigurationProblems()
        let value = Configuration.read(
            file, service: "edge", problems: problems, environment: { environment[$0] }, body)
        return (value, problems.all.map(\.description))
    }
}

internal import Bytes
internal import Crypto
internal import JSON
internal import Operations
internal import Platform
internal import Session

/// Reads `routes.json`.
enum RoutesFile {
    private static let longest = 4 << 20

    /// The routes; none, and every problem noted, when there is one.
    static func read(_ path: String, file: String, _ problems: ConfigurationProblems) -> Routes {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try FileContents.read(path, limit: longest) } catch {
            problems.add(
                file: file, place: "the file", "cannot be read: \(error)",
                hint: "name an existing file that this user may read in edge.json's \"routes\"")
            return .none
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSON.parse(bytes, limits: JSONLimits(bytes: longest), dialect: .configuration)
        } catch {
            problems.add(
                file: file, place: "\(TextPosition(of: error.offset, in: bytes))", "\(error.kind)",
                hint: "the file is JSON; // comments and trailing commas are allowed")
            return .none
        }
        do throws(RouteProblems) { return try Routes(value, sha256: Hash.sha256) } catch {
            for problem in error.all {
                problems.add(file: file, place: problem.path, problem.message, hint: problem.hint)
            }
            return .none
        }
    }
}

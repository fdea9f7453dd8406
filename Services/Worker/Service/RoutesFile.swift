internal import Bytes
internal import Crypto
internal import JSON
internal import Operations
internal import Platform
internal import Session

/// Reads `routes.json`.
enum RoutesFile {
    private static let longest = 4 << 20

    /// The routes; none, and every problem noted, when something is wrong with them.
    static func read(_ path: String, _ problems: ConfigurationProblems) -> Routes {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try FileContents.read(path, limit: longest) } catch {
            let hint = "name an existing file that this user may read in worker.json's \"routes\""
            problems.add(file: file, place: "the file", "cannot be read: \(error)", hint: hint)
            return .none
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSON.parse(bytes, limits: JSONLimits(bytes: longest), dialect: .configuration)
        } catch {
            let place = "\(TextPosition(of: error.offset, in: bytes))"
            let hint = "the file is JSON; // comments and trailing commas are allowed"
            problems.add(file: file, place: place, "\(error.kind)", hint: hint)
            return .none
        }
        do throws(RouteProblems) { return try Routes(value, sha256: Hash.sha256) } catch {
            for fault in error.all { problems.add(file: file, place: fault.path, fault.message, hint: fault.hint) }
            return .none
        }
    }
}

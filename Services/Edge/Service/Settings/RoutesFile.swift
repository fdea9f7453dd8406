internal import Crypto
internal import Operations
internal import Session

/// Reads `routes.json`.
enum RoutesFile {
    /// The routes; none, and every problem noted, when there is one.
    static func read(_ path: String, _ problems: ConfigurationProblems) -> Routes {
        guard let value = Configuration.document(path, problems: problems) else { return .none }
        do throws(RouteProblems) { return try Routes(value, sha256: Hash.sha256) } catch {
            let file = Configuration.name(of: path)
            for problem in error.all {
                problems.add(file: file, place: problem.path, problem.message, hint: problem.hint)
            }
            return .none
        }
    }
}

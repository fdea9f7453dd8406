internal import Crypto
internal import Operations
internal import Session

/// Reads `routes.json`.
enum RoutesFile {
    /// The routes; none, and every problem noted, when something is wrong with them.
    static func read(_ path: String, _ problems: ConfigurationProblems) -> Routes {
        guard let value = Configuration.document(path, problems: problems) else { return .none }
        let file = Configuration.name(of: path)
        do throws(RouteProblems) {
            let routes = try Routes(value, sha256: Hash.sha256)
            for (index, route) in routes.all.enumerated() { check(route.upstream, file, index, problems) }
            return routes
        } catch {
            for fault in error.all { problems.add(file: file, place: fault.path, fault.message, hint: fault.hint) }
            return .none
        }
    }

    /// What only who goes there has to know.
    private static func check(
        _ upstream: RouteUpstream, _ file: String, _ index: Int, _ problems: ConfigurationProblems
    ) {
        let place = "$.routes[\(index)].upstream"
        if upstream.origin == nil {
            problems.add(
                file: file, place: place + ".url", "the host is neither a name nor an address",
                hint: "write a DNS name, an IPv4 address, or an IPv6 address in brackets")
        }
        if upstream.version == .http2 {
            problems.add(file: file, place: place + ".protocol", "h2 is not spoken yet", hint: "write \"http/1.1\"")
        }
    }
}

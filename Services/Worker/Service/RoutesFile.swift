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

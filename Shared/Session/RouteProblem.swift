/// Something wrong in `routes.json`: where, what, and what to do about it.
public struct RouteProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// A JSON path such as `$.routes[0].upstream.url`.
    public let path: String
    public let message: String
    public let hint: String

    public init(_ path: String, _ message: String, hint: String) {
        self.path = path
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(path): \(message) — \(hint)" }
}

/// Everything that is wrong, at once.
public struct RouteProblems: Error, Hashable, Sendable {
    public let all: [RouteProblem]

    public init(_ all: [RouteProblem]) { self.all = all }
}

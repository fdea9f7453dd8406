/// What is wrong with a configuration, in a line for the person who wrote it.
public struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's name without its directory.
    public let file: String
    /// A JSON path such as `$.frontends[0].origin`, or a line and column.
    public let place: String
    public let message: String
    /// What to do about it.
    public let hint: String

    public init(file: String, place: String, message: String, hint: String) {
        self.file = file
        self.place = place
        self.message = message
        self.hint = hint
    }

    /// `edge.json: $.listen: must be … — write …`, always one line.
    public var description: String { "\(file): \(place): \(message) — \(hint)" }
}

/// Collects the problems of all files that are read together, so that people see every one of them at once.
public final class ConfigurationProblems {
    public private(set) var all: [ConfigurationProblem] = []

    public init() {}

    public var isEmpty: Bool { all.isEmpty }

    public func add(_ problem: ConfigurationProblem) { all.append(problem) }

    /// Adds a problem that a service found itself, such as a contradiction between two files.
    public func add(file: String, place: String, _ message: String, hint: String) {
        add(ConfigurationProblem(file: file, place: place, message: message, hint: hint))
    }
}

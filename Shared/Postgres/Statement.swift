/// A statement that a program knows by name. It is prepared once per connection, on first use.
public struct Statement: Sendable {
    /// Whether repeating the statement, or not knowing if it ran, can matter.
    public enum Effect: Sendable { case reads, writes }

    /// Unique within the program, at most 63 bytes.
    public let name: String
    public let sql: String
    public let effect: Effect

    public init(_ name: String, _ effect: Effect, _ sql: String) {
        self.name = name
        self.sql = sql
        self.effect = effect
    }

    /// The statement with its parameters, in the order of `$1`, `$2` ….
    public func callAsFunction(_ parameters: Parameter...) -> Command {
        Command(statement: self, parameters: parameters)
    }
}

/// A statement and its parameters.
public struct Command: Sendable {
    let statement: Statement
    let parameters: [Parameter]
}

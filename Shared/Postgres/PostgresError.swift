public import Bytes

/// Why a unit of work gave no result. Whoever gets one of these knows whether the unit can have taken effect.
public enum PostgresError: Error, Hashable, Sendable {
    /// No connection to the server. The unit had no effect.
    case unavailable
    /// The queue is full. The unit was not sent.
    case busy
    /// The deadline passed: before the unit was sent, or, for a unit that only reads, before the answer came.
    case timedOut
    /// The unit writes and was sent, and no answer came: it may or may not have been committed.
    case outcomeUnknown
    /// The server refused; all of the unit is rolled back.
    case refused(ServerError)
    /// The rows have another shape than the caller reads: the number of the first column that did not fit.
    case unreadable(column: Int)
    /// A statement's name was used with other parameter types before: a mistake in the program.
    case mistyped(statement: String)
}

/// What the server says about a failure. Its DETAIL is left out, because that quotes data.
public struct ServerError: Hashable, Sendable {
    /// The SQLSTATE: five characters (PostgreSQL manual, appendix A).
    public let code: ByteString
    public let message: ByteString
    /// The constraint that was violated, if one was.
    public let constraint: ByteString?

    public init(code: ByteString, message: ByteString, constraint: ByteString? = nil) {
        self.code = code
        self.message = message
        self.constraint = constraint
    }

    public static let uniqueViolation: ByteString = "23505"
    public static let undefinedTable: ByteString = "42P01"
    static let unknownStatement: ByteString = "26000"

    /// Whether the server said that it ends the connection (classes 08 and 57P): the fate of what was sent is open.
    var endsConnection: Bool { code.hasPrefix("08") || code.hasPrefix("57P") }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unavailable: "the database cannot be reached"
        case .busy: "too many statements are waiting for the database"
        case .timedOut: "the database did not answer in time"
        case .outcomeUnknown: "the connection was lost before the database answered; the write may have been done"
        case .refused(let error): "the database refused: \(error.code) \(error.message)"
        case .unreadable(let column): "the database answered with an unexpected value in column \(column)"
        case .mistyped(let statement): "statement \(statement) was used with different parameter types"
        }
    }
}

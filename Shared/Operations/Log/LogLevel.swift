/// How much a log line matters.
public enum LogLevel: String, CaseIterable, Comparable, Sendable {
    /// For finding a fault; off by default.
    case debug
    /// What happens in normal work.
    case info
    /// Something that someone should look at, and that the service coped with.
    case warning
    /// Something that failed and needs someone.
    case error

    /// As it stands in a line.
    var name: StaticString {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

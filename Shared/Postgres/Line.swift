internal import Platform

/// What a connection of a `Database` is for.
enum Role: Int, CaseIterable {
    case statements
    case transactions
    case listening
}

/// One place in the pool: its connection, now or again later.
final class Line {
    let role: Role
    let connection: Connection
    /// Attempts to connect that failed since the last success.
    var failures = 0
    /// When the attempt that is under way began; nil while connected or waiting.
    var attemptStarted: Instant?
    var retry: Deadline?

    init(_ role: Role, _ connection: Connection) {
        self.role = role
        self.connection = connection
    }

    /// Whether waiting for this connection makes sense: it is there, or nothing is known against it yet.
    var isPromising: Bool { connection.isReady || failures == 0 }
}

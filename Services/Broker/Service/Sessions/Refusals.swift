internal import Bytes
internal import Messages
internal import Postgres

// How failures inside the broker are told to edges and workers.

extension SealError {
    /// A missing key is an outage and an alarm; a broken value is the end of what it belongs to.
    func refusal(orElse code: CallError.Code) -> CallError {
        switch self {
        case .keyUnavailable(let id): CallError(.keyUnavailable, "no key " + id)
        case .broken: CallError(code, "a sealed value does not open")
        }
    }
}

extension PostgresError {
    /// Nothing about a session is known while the database is away: that is an outage, never "no session".
    var refusal: CallError { CallError(.unavailable, ByteString("database: \(self)"), retryAfterMilliseconds: 1000) }
}

/// Runs a call to the database; its failure becomes a refusal.
func stored<Result>(
    _ body: () async throws(PostgresError) -> Result
) async throws(CallError) -> Result {
    do { return try await body() } catch { throw error.refusal }
}

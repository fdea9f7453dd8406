/// How long an access token is served and when it is refreshed.
///
/// Times are durations since 1970 by one clock for all processes, the database's.
public struct ExpiryPolicy: Hashable, Sendable {
    /// How long before its end a token is refreshed in the background.
    public var margin: Duration = .seconds(60)
    /// Up to how much earlier than that, so that tokens issued together are not refreshed together.
    public var spread: Duration = .seconds(20)
    /// How long before its end a token is served no more: it has yet to travel to the API.
    public var leeway: Duration = .seconds(5)
    /// The life of a token whose provider does not say (RFC 6749 §5.1 leaves it open).
    public var defaultLifetime: Duration = .seconds(300)
    /// A token is taken to live at least so long: a provider that says zero is not asked in a loop.
    public var minimumLifetime: Duration = .seconds(10)
    /// The least age at which an API's refusal of a token counts as its end.
    public var renewalAge: Duration = .seconds(10)

    public init() {}

    /// The token of an answer, for the row that keeps it. Its life counts from when the request was sent, which errs on
    /// the safe side.
    public func token(lifetime: Int64?, requestedAt: Duration) -> TokenSnapshot {
        let life = max(lifetime.map { .seconds($0) } ?? defaultLifetime, minimumLifetime)
        return TokenSnapshot(obtainedAt: requestedAt, expiresAt: requestedAt + life)
    }

    /// When to refresh in the background; of a short life, no more than the second half is given away. The jitter is
    /// 0 to 1, always the same for one grant.
    public func refreshAt(_ token: TokenSnapshot, jitter: Double) -> Duration {
        token.expiresAt - min(margin + spread * min(max(jitter, 0), 1), token.lifetime / 2)
    }

    /// Until when the token may be served.
    public func usableUntil(_ token: TokenSnapshot) -> Duration { token.expiresAt - min(leeway, token.lifetime / 4) }
}

/// An access token of one grant and target, as its row says.
public struct TokenSnapshot: Hashable, Sendable {
    public var obtainedAt: Duration
    public var expiresAt: Duration

    public init(obtainedAt: Duration, expiresAt: Duration) {
        self.obtainedAt = obtainedAt
        self.expiresAt = expiresAt
    }

    var lifetime: Duration { max(expiresAt - obtainedAt, .zero) }
}

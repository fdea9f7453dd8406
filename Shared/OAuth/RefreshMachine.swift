/// Decides when the tokens of a grant are refreshed, and what an answer means.
///
/// The state is a row that many processes see; this is the part that thinks. Whoever is told to refresh first commits
/// the claim: one conditional UPDATE that sets the claim, its end and `attempts + 1` where the generation is still the
/// one read and nobody else's claim runs. Only then it asks the provider.
public struct RefreshMachine: Sendable {
    public let expiry: ExpiryPolicy
    public let retry: RetryPolicy

    public init(expiry: ExpiryPolicy = ExpiryPolicy(), retry: RetryPolicy = RetryPolicy()) {
        self.expiry = expiry
        self.retry = retry
    }

    /// What to do for a request that needs a token; `token` is nil when the target has none yet.
    ///
    /// `isRejected` says that an API refused the token. It counts once the token has a certain age: refreshing again at
    /// once would only bring another that is refused. The jitter is 0 to 1, always the same for one grant.
    public func decide(
        _ grant: GrantSnapshot, token: TokenSnapshot?, isRejected: Bool = false, jitter: Double, now: Duration
    ) -> RefreshDecision {
        guard let token, now < expiry.usableUntil(token) else { return obtain(grant, jitter: jitter, now: now) }
        if isRejected, grant.hasRefreshToken, now - token.obtainedAt >= expiry.renewalAge {
            return obtain(grant, jitter: jitter, now: now)
        }
        let isEarly = now < expiry.refreshAt(token, jitter: jitter)
        guard !isEarly, grant.hasRefreshToken, state(of: grant, jitter: jitter, now: now) == .idle else { return .use }
        return .useAndRefresh
    }

    /// There is no token to serve.
    private func obtain(_ grant: GrantSnapshot, jitter: Double, now: Duration) -> RefreshDecision {
        guard grant.hasRefreshToken else { return .expired }
        switch state(of: grant, jitter: jitter, now: now) {
        case .idle: return .refresh
        case .claimed(let end): return .wait(until: end)
        case .pausing(let end): return .unavailable(retryAfter: end - now)
        }
    }

    /// Where the grant stands.
    public func state(of grant: GrantSnapshot, jitter: Double, now: Duration) -> GrantState {
        if let end = grant.claimedUntil, now < end { return .claimed(until: end) }
        if let end = pauseEnd(of: grant, jitter: jitter), now < end { return .pausing(until: end) }
        return .idle
    }

    /// A claim that ran out without a word was a crash or a lost answer: one more attempt may follow at once.
    private func pauseEnd(of grant: GrantSnapshot, jitter: Double) -> Duration? {
        if let retryAt = grant.retryAt { return retryAt }
        guard let end = grant.claimedUntil, grant.attempts > 1 else { return nil }
        return end + retry.pause(after: grant.attempts, jitter: jitter)
    }

    /// What the holder of a claim does with the answer; `identity` is what checking the ID token in it found, if it had
    /// one, and `attempts` is the row's number, this attempt included.
    public func consequence(
        of answer: TokenAnswer, identity: TokenFault? = nil, attempts: Int, jitter: Double, now: Duration
    ) -> RefreshConsequence {
        let pause = retry.pause(after: attempts, jitter: jitter)
        switch answer {
        case .tokens:
            return identity?.concernsIdentity == true ? .endSession : .commit
        case .refused(.invalidGrant):
            return .endSession
        case .refused(.invalidTarget), .refused(.invalidScope):
            return .failTarget(until: now + retry.longest)
        case .unavailable(let retryAfter):
            return .keep(until: now + max(retryAfter ?? .zero, pause))
        case .lost where attempts < 2:
            return .retryNow
        case .lost, .malformed, .refused:
            return .keep(until: now + pause)
        }
    }
}

/// A grant as its row says.
public struct GrantSnapshot: Hashable, Sendable {
    public var hasRefreshToken: Bool
    /// Attempts since the last success, answered or not.
    public var attempts: Int
    /// The end of the last claim, also after it has passed; nil once its holder let go of it.
    public var claimedUntil: Duration?
    /// The end of the pause that the last answer asked for.
    public var retryAt: Duration?

    public init(hasRefreshToken: Bool, attempts: Int = 0, claimedUntil: Duration? = nil, retryAt: Duration? = nil) {
        self.hasRefreshToken = hasRefreshToken
        self.attempts = attempts
        self.claimedUntil = claimedUntil
        self.retryAt = retryAt
    }
}

/// Where a grant stands.
public enum GrantState: Hashable, Sendable {
    /// Anyone may claim. To `claimed` by the claim's UPDATE.
    case idle
    /// Someone is asking the provider. To `idle` by success (new generation, no attempts) or by the end of a first
    /// claim; to `pausing` by an answer that was no answer, or by the end of a second claim.
    case claimed(until: Duration)
    /// The provider is left alone. To `idle` by time.
    case pausing(until: Duration)
}

/// What to do for a request that needs a token.
public enum RefreshDecision: Hashable, Sendable {
    /// Serve the token.
    case use
    /// Serve the token, and refresh in the background.
    case useAndRefresh
    /// Claim, refresh, and serve the new token.
    case refresh
    /// Another process refreshes: read the row again when it says so, at the latest then.
    case wait(until: Duration)
    /// No token now; the session stays.
    case unavailable(retryAfter: Duration)
    /// There is no token and nothing to get one with: the user has to sign in again.
    case expired
}

/// What the answer to a refresh means.
public enum RefreshConsequence: Hashable, Sendable {
    /// Store the tokens where the generation is still the one claimed, even if the claim has ended: the first one wins.
    /// No new refresh token means that the old one stays.
    case commit
    /// End the session where generation and claim are still ours, and revoke what came.
    case endSession
    /// Let go of the claim, take back the attempts: the provider answered, and only this target is refused.
    case failTarget(until: Duration)
    /// Claim again, by another UPDATE, and ask once more: the answer was lost, the old refresh token may still do.
    case retryNow
    /// Let go of the claim and leave the provider alone for a time. The session stays.
    case keep(until: Duration)
}

/// How long a claim lasts and how long a provider is left alone.
public struct RetryPolicy: Hashable, Sendable {
    /// From the claim's UPDATE on.
    public var claim: Duration = .seconds(12)
    /// From before that UPDATE, by a monotonic clock, to giving up on the answer: well before the claim ends.
    public var answer: Duration = .seconds(9)
    /// The pause after a first attempt; each further attempt doubles it.
    public var shortest: Duration = .seconds(2)
    public var longest: Duration = .seconds(60)

    public init() {}

    /// The pause after so many attempts, up to a quarter longer by the jitter (0 to 1).
    public func pause(after attempts: Int, jitter: Double) -> Duration {
        let doublings = min(max(attempts - 1, 0), 16)
        return min(shortest * (1 << doublings), longest) * (1 + min(max(jitter, 0), 1) / 4)
    }
}

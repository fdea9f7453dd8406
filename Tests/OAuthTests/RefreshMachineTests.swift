import OAuth
import Testing

/// All tests begin at this time, with a token of 300 s that was obtained at the beginning. By the default policy it is
/// refreshed 60 s before its end (jitter 0) and served until 5 s before it.
private let start: Duration = .seconds(1_700_000_000)
private let token = TokenSnapshot(obtainedAt: start, expiresAt: start + .seconds(300))

private func decide(
    _ grant: GrantSnapshot = GrantSnapshot(hasRefreshToken: true), token: TokenSnapshot? = token,
    isRejected: Bool = false, jitter: Double = 0, after seconds: Int
) -> RefreshDecision {
    RefreshMachine().decide(
        grant, token: token, isRejected: isRejected, jitter: jitter, now: start + .seconds(seconds))
}

private func claimed(until seconds: Int, attempts: Int = 1) -> GrantSnapshot {
    GrantSnapshot(hasRefreshToken: true, attempts: attempts, claimedUntil: start + .seconds(seconds))
}

private func pausing(until seconds: Int) -> GrantSnapshot {
    GrantSnapshot(hasRefreshToken: true, attempts: 3, retryAt: start + .seconds(seconds))
}

@Suite struct RefreshDecisionTests {
    @Test(arguments: [
        (0, RefreshDecision.use), (239, .use), (240, .useAndRefresh), (294, .useAndRefresh), (295, .refresh),
        (10_000, .refresh),
    ])
    func `a token is used, then refreshed beside its use, then replaced`(seconds: Int, expected: RefreshDecision) {
        #expect(decide(after: seconds) == expected)
    }

    @Test func `jitter moves the early refresh forward by up to its spread`() {
        #expect(decide(jitter: 1, after: 219) == .use)
        #expect(decide(jitter: 1, after: 220) == .useAndRefresh)
        #expect(decide(jitter: 0.5, after: 229) == .use)
        #expect(decide(jitter: 0.5, after: 230) == .useAndRefresh)
        #expect(decide(jitter: 50, after: 219) == .use)
    }

    @Test func `a target without a token gets one`() {
        #expect(decide(token: nil, after: 0) == .refresh)
    }

    @Test func `while another refreshes, a good token is used and a bad one waited for`() {
        #expect(decide(claimed(until: 302), after: 290) == .use)
        #expect(decide(claimed(until: 302), after: 296) == .wait(until: start + .seconds(302)))
        #expect(decide(claimed(until: 302), token: nil, after: 10) == .wait(until: start + .seconds(302)))
    }

    @Test func `a first claim that ran out may be followed at once`() {
        #expect(decide(claimed(until: 302), after: 302) == .refresh)
        #expect(decide(claimed(until: 250), after: 251) == .useAndRefresh)
    }

    @Test func `a second claim that ran out is followed by a pause`() {
        let grant = claimed(until: 302, attempts: 2)
        #expect(decide(grant, after: 302) == .unavailable(retryAfter: .seconds(4)))
        #expect(decide(grant, after: 305) == .unavailable(retryAfter: .seconds(1)))
        #expect(decide(grant, after: 306) == .refresh)
    }

    @Test func `in a pause a good token is used and without one the request is told when to come back`() {
        #expect(decide(pausing(until: 310), after: 250) == .use)
        #expect(decide(pausing(until: 310), after: 296) == .unavailable(retryAfter: .seconds(14)))
        #expect(decide(pausing(until: 310), after: 310) == .refresh)
    }

    @Test func `without a refresh token the end of the access token is the end`() {
        let grant = GrantSnapshot(hasRefreshToken: false)
        #expect(decide(grant, after: 294) == .use)
        #expect(decide(grant, after: 295) == .expired)
        #expect(decide(grant, token: nil, after: 0) == .expired)
    }

    @Test func `an API's refusal replaces a token of some age, not a new one`() {
        #expect(decide(isRejected: true, after: 9) == .use)
        #expect(decide(isRejected: true, after: 10) == .refresh)
        #expect(decide(claimed(until: 50), isRejected: true, after: 40) == .wait(until: start + .seconds(50)))
        #expect(decide(pausing(until: 50), isRejected: true, after: 40) == .unavailable(retryAfter: .seconds(10)))
        #expect(decide(GrantSnapshot(hasRefreshToken: false), isRejected: true, after: 100) == .use)
    }

    @Test func `a clock that jumps back starts no refresh`() {
        #expect(decide(after: -600) == .use)
        #expect(decide(isRejected: true, after: -600) == .use)
    }
}

@Suite struct ExpiryPolicyTests {
    @Test(
        arguments: [
            (3600, 3600), (nil, 300), (0, 10), (1, 10), (11, 11),
        ] as [(Int64?, Int64)])
    func `a token lives as long as the provider says, within reason`(lifetime: Int64?, seconds: Int64) {
        let token = ExpiryPolicy().token(lifetime: lifetime, requestedAt: start)
        #expect(token == TokenSnapshot(obtainedAt: start, expiresAt: start + .seconds(seconds)))
    }

    @Test func `of a short life no more than half is given away`() {
        let policy = ExpiryPolicy()
        let short = policy.token(lifetime: 60, requestedAt: start)
        #expect(policy.refreshAt(short, jitter: 1) == start + .seconds(30))
        #expect(policy.usableUntil(short) == start + .seconds(55))
        let shortest = policy.token(lifetime: 0, requestedAt: start)
        #expect(policy.refreshAt(shortest, jitter: 0) == start + .seconds(5))
        #expect(policy.usableUntil(shortest) == start + .milliseconds(7500))
    }
}

@Suite struct RefreshConsequenceTests {
    private static func tokens() -> TokenAnswer {
        TokenAnswer(status: 200, body: Array(#"{"access_token":"a","token_type":"bearer"}"#.utf8))
    }

    private static func consequence(
        _ answer: TokenAnswer, identity: TokenFault? = nil, attempts: Int = 1, jitter: Double = 0
    ) -> RefreshConsequence {
        RefreshMachine().consequence(of: answer, identity: identity, attempts: attempts, jitter: jitter, now: start)
    }

    @Test func `tokens are committed`() {
        #expect(Self.consequence(Self.tokens()) == .commit)
        #expect(Self.consequence(Self.tokens(), attempts: 7) == .commit)
    }

    @Test(arguments: [
        TokenFault.subject, .issuer, .audience, .authorizedParty, .nonce, .signature, .algorithm, .malformed, .type,
        .criticalExtension,
    ])
    func `an ID token of someone else ends the session`(fault: TokenFault) {
        #expect(Self.consequence(Self.tokens(), identity: fault) == .endSession)
    }

    @Test(arguments: [
        TokenFault.unknownKey, .expired, .issuedAt, .notBefore, .accessTokenHash, .authenticationTime,
        .authenticationContext,
    ])
    func `an ID token that is merely of no use leaves the session`(fault: TokenFault) {
        #expect(Self.consequence(Self.tokens(), identity: fault) == .commit)
    }

    @Test(arguments: TokenError.allCases)
    func `of all refusals only invalid_grant ends the session`(error: TokenError) {
        let consequence = Self.consequence(.refused(error))
        #expect((consequence == .endSession) == (error == .invalidGrant))
    }

    @Test(arguments: [TokenError.invalidTarget, .invalidScope])
    func `a refusal of the target concerns the target`(error: TokenError) {
        #expect(Self.consequence(.refused(error)) == .failTarget(until: start + .seconds(60)))
    }

    @Test func `a lost answer is asked for once more, then the provider is left alone`() {
        #expect(Self.consequence(.lost) == .retryNow)
        #expect(Self.consequence(.lost, attempts: 2) == .keep(until: start + .seconds(4)))
        #expect(Self.consequence(.lost, attempts: 3) == .keep(until: start + .seconds(8)))
    }

    @Test func `a provider that is away gets longer and longer pauses, with an end`() {
        let pauses = [1, 2, 3, 4, 5, 6, 7, 1000, Int.max].map { attempts in
            Self.consequence(.unavailable(retryAfter: nil), attempts: attempts)
        }
        let expected = [2, 4, 8, 16, 32, 60, 60, 60, 60].map { RefreshConsequence.keep(until: start + .seconds($0)) }
        #expect(pauses == expected)
    }

    @Test func `a provider's own wish for a pause is kept if it is longer`() {
        let long = Self.consequence(.unavailable(retryAfter: .seconds(600)))
        #expect(long == .keep(until: start + .seconds(600)))
        let short = Self.consequence(.unavailable(retryAfter: .seconds(1)), attempts: 3)
        #expect(short == .keep(until: start + .seconds(8)))
    }

    @Test func `jitter makes a pause up to a quarter longer`() {
        let consequence = Self.consequence(.unavailable(retryAfter: nil), attempts: 2, jitter: 1)
        #expect(consequence == .keep(until: start + .seconds(5)))
    }

    @Test func `an answer that cannot be read keeps the session`() {
        #expect(Self.consequence(.malformed) == .keep(until: start + .seconds(2)))
        #expect(Self.consequence(.refused(.other), attempts: 2) == .keep(until: start + .seconds(4)))
    }

    @Test func `the answer is given up well before the claim ends`() {
        let policy = RetryPolicy()
        #expect(policy.claim - policy.answer >= .seconds(2))
    }
}

import Platform
import Testing

@testable import BrokerService

@Suite struct RefetchPolicyTests {
    private func at(_ seconds: UInt64) -> Instant { Instant(nanoseconds: (10_000 + seconds) * 1_000_000_000) }

    @Test func `a document is due at first, then after its life`() {
        var policy = RefetchPolicy(life: .seconds(100))
        #expect(policy.isDue(now: at(0)))
        policy.begin(early: false, now: at(0))
        policy.succeeded(now: at(0))
        #expect(!policy.isDue(now: at(99)))
        #expect(policy.isDue(now: at(100)))
    }

    @Test func `failures are followed by pauses that double up to a minute`() {
        var policy = RefetchPolicy(life: .seconds(100))
        var now: UInt64 = 0
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] as [UInt64] {
            #expect(policy.isDue(now: at(now)))
            policy.begin(early: false, now: at(now))
            policy.failed()
            #expect(!policy.isDue(now: at(now + pause - 1)))
            #expect(policy.retryAfter(now: at(now)) == .seconds(Int64(pause)))
            now += pause
        }
        policy.begin(early: false, now: at(now))
        policy.succeeded(now: at(now))
        #expect(!policy.isDue(now: at(now + 99)))
    }

    @Test func `something unknown causes one early fetch a minute, however many ask`() {
        var policy = RefetchPolicy(life: .seconds(3600))
        policy.begin(early: false, now: at(0))
        policy.succeeded(now: at(0))
        // Keys may have been rotated just after the fetch.
        #expect(policy.allowsEarlyFetch(now: at(1)))
        policy.begin(early: true, now: at(1))
        policy.succeeded(now: at(1))
        #expect(!policy.allowsEarlyFetch(now: at(60)))
        #expect(policy.allowsEarlyFetch(now: at(61)))
    }

    @Test func `an early fetch waits for the pause after a failure, too`() {
        var policy = RefetchPolicy(life: .seconds(3600))
        policy.begin(early: false, now: at(0))
        policy.failed()
        #expect(!policy.allowsEarlyFetch(now: at(0)))
        #expect(policy.allowsEarlyFetch(now: at(1)))
    }
}

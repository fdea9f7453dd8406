import Bytes
import Crypto
import Messages
import Platform
import Postgres
import Testing

@testable import BrokerService

@Suite struct GrantStoreTests {
    private func tokens(_ text: String) -> RefreshedTokens {
        let now = Timestamp(microseconds: WallClock.microseconds())
        let token = NewToken(
            target: "api", token: sealed("access \(text)"), scope: "read", obtained: now, expires: now + .seconds(300))
        return RefreshedTokens(refreshToken: sealed("refresh \(text)"), token: token)
    }

    @Test func `of parallel claims on two brokers one holds`() async throws {
        try await StoreFixture.with { store in
            try await store.withPeer { peer in
                let login = try Login()
                _ = try await store.mint(login)
                let claims = try await withThrowingTaskGroup(of: ClaimedGrant?.self) { group in
                    for index in 0..<40 {
                        group.addTask { try await (index.isMultiple(of: 2) ? store : peer).claim(login) }
                    }
                    return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
                }
                #expect(claims.count == 1)
                #expect(claims.first?.attempts == 1)
                #expect(claims.first?.refreshToken == login.grant.refreshToken)
                #expect(claims.first?.session == login.session.id)
                #expect(try #require(try await store.open(login)?.grant).claimedUntil == claims.first?.claimedUntil)
            }
        }
    }

    @Test func `the holder may claim again, others when the claim has run out`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let mine = ClaimID()
            #expect(try await store.claim(login, mine)?.attempts == 1)
            #expect(try await store.claim(login, mine)?.attempts == 2)
            #expect(try await store.claim(login) == nil)
            try store.change("UPDATE cloakroom.token_grant SET claim_until = now()")
            #expect(try await store.claim(login)?.attempts == 3)
        }
    }

    @Test func `a commit stores both tokens under the next generation`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let claimed = try #require(try await store.claim(login))
            #expect(try await store.grants.commit(claimed, tokens("2"), scope: "read") == .committed)
            let opened = try #require(try await store.open(login))
            #expect(opened.grant?.generation == claimed.nextGeneration)
            #expect(opened.grant?.attempts == 0)
            #expect(opened.grant?.claimedUntil == nil)
            #expect(opened.token?.token == sealed("access 2"))
            #expect(opened.token?.generation == claimed.nextGeneration)
            #expect(try await store.claim(login) == nil)
            let next = try #require(try await store.claim(login, generation: claimed.nextGeneration))
            #expect(next.refreshToken == sealed("refresh 2"))
        }
    }

    @Test func `the first answer wins, even a late one`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let late = try #require(try await store.claim(login))
            try store.change("UPDATE cloakroom.token_grant SET claim_until = now()")
            let second = try #require(try await store.claim(login))
            #expect(try await store.grants.commit(late, tokens("late"), scope: "read") == .committed)
            #expect(try await store.grants.commit(second, tokens("second"), scope: "read") == .superseded)
            #expect(try await store.open(login)?.token?.token == sealed("access late"))
            #expect(try store.number("SELECT count(*) FROM cloakroom.revocation_queue") == 0)
        }
    }

    @Test func `logout wins over a refresh, whose new token is revoked too`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let claimed = try #require(try await store.claim(login))
            _ = try await store.sessions.end(login.session.handle, frontend: "app", publicID: nil, reason: "logout")
            #expect(try await store.grants.commit(claimed, tokens("2"), scope: "read") == .gone)
            #expect(try await store.open(login) == nil)
            // The old token waits for the refresh in flight; the new one does not.
            let due = try await store.revocations.take(limit: 10, lease: .seconds(60))
            #expect(due.map(\.revocation.token) == [sealed("refresh 2")])
            #expect(due.first?.revocation.generation == claimed.nextGeneration)
            #expect(try store.number("SELECT count(*) FROM cloakroom.revocation_queue") == 2)
        }
    }

    @Test func `logouts and commits at the same time leave nothing behind`() async throws {
        try await StoreFixture.with { store in
            try await store.withPeer { peer in
                for round in 0..<30 {
                    let login = try Login()
                    _ = try await store.mint(login)
                    let claimed = try #require(try await store.claim(login))
                    async let ended = peer.sessions.end(login.session.id, frontend: "app", reason: "logout")
                    async let committed = store.grants.commit(claimed, tokens("2"), scope: "read")
                    let (end, outcome) = try await (ended, committed)
                    #expect(end != nil)
                    #expect(outcome != .superseded)
                    let hex = Hex.encode(login.grant.id.bytes).text
                    let newest = try store.number(
                        """
                        SELECT count(*) FROM cloakroom.revocation_queue
                        WHERE encode(grant_id, 'hex') = '\(hex)' AND token = 'refresh 2'
                        """)
                    #expect(newest == 1, "round \(round): \(outcome)")
                }
                #expect(try store.number("SELECT count(*) FROM cloakroom.token_grant") == 0)
            }
        }
    }

    @Test func `a refusal ends the session only while generation and claim are one's own`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let first = try #require(try await store.claim(login))
            try store.change("UPDATE cloakroom.token_grant SET claim_until = now()")
            let second = try #require(try await store.claim(login))
            #expect(try await store.grants.endSession(of: first, reason: "refresh_refused") == nil)
            #expect(try await store.open(login) != nil)
            #expect(try await store.grants.endSession(of: second, reason: "refresh_refused")?.id == login.session.id)
            #expect(try await store.open(login) == nil)
            #expect(try store.number("SELECT count(*) FROM cloakroom.session_end") == 1)
        }
    }

    @Test func `a refusal after a success ends nothing`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let claimed = try #require(try await store.claim(login))
            #expect(try await store.grants.commit(claimed, tokens("2"), scope: "read") == .committed)
            #expect(try await store.grants.endSession(of: claimed, reason: "refresh_refused") == nil)
            #expect(try await store.open(login) != nil)
        }
    }

    @Test func `a released grant waits until its time`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let claimed = try #require(try await store.claim(login))
            try await store.grants.release(claimed, retryAt: claimed.now + .seconds(30), error: "503")
            #expect(try await store.claim(login) == nil)
            let grant = try #require(try await store.open(login)?.grant)
            #expect(grant.attempts == 1)
            #expect(grant.claimedUntil == nil)
            #expect(grant.retryAt == claimed.now + .seconds(30))
            try store.change("UPDATE cloakroom.token_grant SET retry_at = now()")
            #expect(try await store.claim(login)?.attempts == 2)
        }
    }

    @Test func `a refused target pauses by itself`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let claimed = try #require(try await store.claim(login))
            let until = claimed.now + .seconds(60)
            try await store.grants.release(claimed, refused: "other", until: until, error: "invalid_target")
            #expect(try await store.open(login, target: "other")?.grant?.targetPausedUntil == until)
            let grant = try #require(try await store.open(login)?.grant)
            #expect(grant.targetPausedUntil == nil)
            #expect(grant.attempts == 0)
            #expect(try await store.claim(login) != nil)
        }
    }
}

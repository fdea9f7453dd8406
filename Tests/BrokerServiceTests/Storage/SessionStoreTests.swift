import Bytes
import Crypto
import Messages
import Postgres
import Testing

@testable import BrokerService

@Suite struct SessionStoreTests {
    @Test func `what a login minted opens as it was stored`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            #expect(try await store.mint(login) == .minted(replaced: nil))
            let opened = try #require(try await store.open(login))
            #expect(opened.session.id == login.session.id)
            #expect(opened.session.publicID == login.session.publicID)
            #expect(opened.session.claims == login.session.claims)
            #expect(opened.session.amr == ["pwd", "otp"])
            #expect(opened.session.authTime == login.session.authTime)
            #expect(opened.session.expires == login.session.expires)
            #expect(opened.session.idle == .seconds(1800))
            #expect(opened.grant?.generation == NewGrant.generation)
            #expect(opened.grant?.hasRefreshToken == true)
            #expect(opened.token?.token == login.token.token)
            #expect(opened.token?.expires == login.token.expires)
            #expect(opened.session.remaining(at: opened.now) <= .seconds(1800))
            let reopened = try await store.sessions.reopen(login.session.id, provider: "demo", target: "api")
            #expect(reopened?.token == opened.token)
            #expect(try await store.sessions.user(login.session.handle, frontend: "app")?.session == opened.session)
        }
    }

    @Test func `a session has no token for a target that was not asked for yet`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let opened = try #require(try await store.open(login, target: "other"))
            #expect(opened.token == nil)
            #expect(opened.grant != nil)
        }
    }

    @Test func `a session of another frontend is unknown`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            #expect(try await store.open(login, frontend: "other") == nil)
            #expect(try await store.sessions.user(login.session.handle, frontend: "other") == nil)
            let ended = try await store.sessions.end(
                login.session.handle, frontend: "other", publicID: nil, reason: "logout")
            #expect(ended == nil)
            #expect(try await store.open(login) != nil)
        }
    }

    @Test(arguments: [
        "expires = now()", "last_seen = now() - interval '1800 s'", "idle = 1, last_seen = now() - interval '1 ms'",
    ])
    func `a session that is over is unknown`(change: String) async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            try store.change("UPDATE cloakroom.session SET \(change)")
            #expect(try await store.open(login) == nil)
            #expect(try await store.sessions.user(login.session.handle, frontend: "app") == nil)
        }
    }

    @Test func `a handle in use is refused and nothing changes`() async throws {
        try await StoreFixture.with { store in
            let first = try Login()
            var second = try Login()
            let third = try Login()
            second.session.handle = first.session.handle
            _ = try await store.mint(first)
            _ = try await store.mint(third)
            #expect(try await store.mint(second, replacing: third.session.id) == .handleInUse)
            #expect(try await store.open(third) != nil)
            #expect(try store.number("SELECT count(*) FROM cloakroom.session") == 2)
            #expect(try store.number("SELECT count(*) FROM cloakroom.session_end") == 0)
        }
    }

    @Test func `a login ends the session it replaces`() async throws {
        try await StoreFixture.with { store in
            let (old, new) = (try Login(), try Login())
            _ = try await store.mint(old)
            guard case .minted(let replaced?) = try await store.mint(new, replacing: old.session.id) else {
                Issue.record("nothing was replaced")
                return
            }
            #expect(replaced.id == old.session.id)
            #expect(try await store.open(old) == nil)
            #expect(try await store.open(new) != nil)
            #expect(try await store.mint(try Login(), replacing: old.session.id) == .minted(replaced: nil))
        }
    }

    @Test func `an ended session leaves no secret but the token to revoke`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let ended = try #require(
                try await store.sessions.end(login.session.handle, frontend: "app", publicID: nil, reason: "logout"))
            #expect(ended.id == login.session.id)
            #expect(ended.claims == login.session.claims)
            for table in ["session", "session_handle", "token_grant", "access_token"] {
                #expect(try store.number("SELECT count(*) FROM cloakroom.\(table)") == 0, "\(table)")
            }
            let queued = try await store.revocations.take(limit: 10, lease: .seconds(60))
            #expect(queued.map(\.revocation.token) == login.grant.refreshToken.map { [$0] })
            #expect(queued.first?.revocation.session == login.session.id)
            #expect(queued.first?.revocation.generation == NewGrant.generation)
            #expect(try await store.open(login) == nil)
            #expect(try store.number("SELECT count(*) FROM cloakroom.audit_event") == 2)
        }
    }

    @Test func `without a refresh token the access token is revoked`() async throws {
        try await StoreFixture.with { store in
            let login = try Login(refreshToken: false)
            _ = try await store.mint(login)
            _ = try await store.sessions.end(login.session.id, frontend: "app", reason: "logout")
            let queued = try await store.revocations.take(limit: 10, lease: .seconds(60))
            #expect(queued.map(\.revocation.token) == [login.token.token])
            #expect(queued.first?.revocation.target == "api")
        }
    }

    @Test func `a logout that names another session ends nothing`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            let handle = login.session.handle
            #expect(try await store.sessions.end(handle, frontend: "app", publicID: PublicID(), reason: "x") == nil)
            let own = login.session.publicID
            #expect(try await store.sessions.end(handle, frontend: "app", publicID: own, reason: "x") != nil)
        }
    }

    @Test func `of parallel logouts one ends the session`() async throws {
        try await StoreFixture.with { store in
            try await store.withPeer { peer in
                let login = try Login()
                _ = try await store.mint(login)
                let ends = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<20 {
                        group.addTask {
                            try await (index.isMultiple(of: 2) ? store : peer).sessions.end(
                                login.session.handle, frontend: "app", publicID: nil, reason: "logout") != nil
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(ends == 1)
                #expect(try store.number("SELECT count(*) FROM cloakroom.session_end") == 1)
            }
        }
    }

    @Test(arguments: [("61 s", true), ("59 s", false)])
    func `activity is noted at most once a minute`(age: String, noted: Bool) async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            try store.change("UPDATE cloakroom.session SET last_seen = now() - interval '\(age)'")
            try await store.sessions.touch([login.session.id])
            let fresh = try store.number(
                "SELECT count(*) FROM cloakroom.session WHERE last_seen > now() - interval '30 s'")
            #expect(fresh == (noted ? 1 : 0))
        }
    }

    @Test func `activity does not wake a session that is over`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            try store.change("UPDATE cloakroom.session SET last_seen = now() - interval '1801 s'")
            try await store.sessions.touch([login.session.id])
            #expect(try await store.open(login) == nil)
        }
    }

    @Test func `cleanup walks all sessions in pages and revokes what it drops`() async throws {
        try await StoreFixture.with { store in
            var logins: [Login] = []
            for _ in 0..<7 { logins.append(try Login()) }
            for login in logins { _ = try await store.mint(login) }
            let dead = Hex.encode(logins[3].session.id.bytes).text
            let dead2 = Hex.encode(logins[5].session.id.bytes).text
            try store.change(
                "UPDATE cloakroom.session SET expires = now() WHERE encode(id, 'hex') IN ('\(dead)', '\(dead2)')")
            var (cursor, removed, pages) = (SessionTag?.none, 0, 0)
            repeat {
                let page = try await store.sessions.removeExpired(after: cursor, limit: 3)
                removed += page.removed
                pages += 1
                cursor = page.next
            } while cursor != nil
            #expect(removed == 2)
            #expect(pages == 3)
            #expect(try store.number("SELECT count(*) FROM cloakroom.session") == 5)
            #expect(try store.number("SELECT count(*) FROM cloakroom.revocation_queue") == 2)
        }
    }

    @Test func `hostile values are data`() async throws {
        try await StoreFixture.with { store in
            var login = try Login()
            login.session.device = "'; DROP TABLE cloakroom.session; --"
            login.session.amr = ["\"}", "NULL", ""]
            login.session.claims = Sealed(key: "k", box: [0, 0x27, 0x5C, 0xFF])
            _ = try await store.mint(login)
            let session = try #require(try await store.open(login)).session
            #expect(session.device == login.session.device)
            #expect(session.amr == login.session.amr)
            #expect(session.claims == login.session.claims)
            login = try Login()
            login.session.device = ByteString([0x61, 0, 0x62])
            do {
                _ = try await store.mint(login)
                Issue.record("text with NUL was stored")
            } catch PostgresError.refused(let error) { #expect(error.code == "22021") }
        }
    }
}

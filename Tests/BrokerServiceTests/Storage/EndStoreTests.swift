import Bytes
import Messages
import Platform
import Postgres
import Testing

@testable import BrokerService

@Suite struct EndStoreTests {
    @Test func `a reader hears of every end, in pages without gaps`() async throws {
        try await StoreFixture.with { store in
            var cursor = try await store.ends.now()
            #expect(try await store.ends.since(cursor).ends.isEmpty)
            let (first, second) = (try Login(), try Login())
            for login in [first, second] { _ = try await store.mint(login) }
            _ = try await store.sessions.end(first.session.id, frontend: "app", reason: "logout")
            var page = try await store.ends.since(cursor)
            #expect(page.ends.map(\.session) == [first.session.id])
            #expect(page.ends.map(\.reason) == ["logout"])
            #expect(page.rest == nil)
            cursor = page.next
            _ = try await store.sessions.end(second.session.id, frontend: "app", reason: "logout")
            page = try await store.ends.since(cursor)
            #expect(page.ends.last?.session == second.session.id)
        }
    }

    @Test func `more ends than a page holds are read page by page`() async throws {
        try await StoreFixture.with { store in
            let cursor = try await store.ends.now()
            let logins = try (0..<5).map { _ in try Login() }
            for login in logins {
                _ = try await store.mint(login)
                _ = try await store.sessions.end(login.session.id, frontend: "app", reason: "logout")
            }
            var page = try await store.ends.since(cursor, limit: 2)
            var heard = Set(page.ends.map(\.session))
            while let rest = page.rest {
                page = try await store.ends.since(rest, limit: 2)
                heard.formUnion(page.ends.map(\.session))
            }
            #expect(heard == Set(logins.map(\.session.id)))
        }
    }

    @Test func `an end whose transaction commits after a later one is not missed`() async throws {
        try await StoreFixture.with { store in
            let (early, late) = (try Login(), try Login())
            let cursor = try await store.ends.now()
            let slow = try ScriptConnection(store.superuser)
            try slow.script("BEGIN")
            let insert = "INSERT INTO cloakroom.session_end (session_id, reason) VALUES ($1, 'logout')"
            try slow.run(insert, .bytes(early.session.id.bytes))
            _ = try await store.mint(late)
            _ = try await store.sessions.end(late.session.id, frontend: "app", reason: "logout")
            let first = try await store.ends.since(cursor)
            #expect(first.ends.map(\.session) == [late.session.id])
            try slow.script("COMMIT")
            let second = try await store.ends.since(first.next)
            #expect(second.ends.map(\.session).contains(early.session.id))
        }
    }

    @Test func `old ends are removed`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            _ = try await store.sessions.end(login.session.id, frontend: "app", reason: "logout")
            #expect(try await store.ends.remove(olderThan: .seconds(3600), limit: 10) == 0)
            #expect(try await store.ends.remove(olderThan: .zero, limit: 10) == 1)
        }
    }

    @Test func `announcements reach other brokers`() async throws {
        try await StoreFixture.with { store in
            let (events, continuation) = AsyncStream<Listening.Event>.makeStream()
            let thread = try LoopThread()
            let database = Database(
                thread.loop, store.configuration, listening: EndStore.listening { continuation.yield($0) })
            await database.start()
            var heard = events.makeAsyncIterator()
            #expect(await heard.next() == .started)
            try await store.ends.announce()
            #expect(await heard.next() == .notified(channel: EndStore.channel, payload: ""))
            await database.close()
            thread.stopAndJoin()
        }
    }
}

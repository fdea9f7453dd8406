import Bytes
import Crypto
import Messages
import Platform
import Postgres
import PostgresTestSupport
import Testing

@testable import BrokerService

@Suite struct RevocationStoreTests {
    @Test func `a revocation is taken by one, and again when it fails`() async throws {
        try await StoreFixture.with { store in
            try await store.withPeer { peer in
                let login = try Login()
                _ = try await store.mint(login)
                _ = try await store.sessions.end(login.session.id, frontend: "app", reason: "logout")
                async let mine = store.revocations.take(limit: 10, lease: .seconds(60))
                async let theirs = peer.revocations.take(limit: 10, lease: .seconds(60))
                let taken = try await mine + theirs
                #expect(taken.count == 1)
                let first = try #require(taken.first)
                #expect(first.attempts == 1)
                try await store.revocations.retry(first, after: .zero, error: "503")
                let second = try #require(try await peer.revocations.take(limit: 10, lease: .seconds(60)).first)
                #expect(second.attempts == 2)
                // The first holder's lease is over: its late word changes nothing.
                try await store.revocations.retry(first, after: .zero, error: "timeout")
                #expect(try await store.revocations.take(limit: 10, lease: .seconds(60)).isEmpty)
                try await peer.revocations.finish(second)
                #expect(try store.number("SELECT count(*) FROM cloakroom.revocation_queue") == 0)
            }
        }
    }
}

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
            #expect(!page.isOverfull)
            cursor = page.next
            _ = try await store.sessions.end(second.session.id, frontend: "app", reason: "logout")
            page = try await store.ends.since(cursor)
            #expect(page.ends.last?.session == second.session.id)
            #expect(try await store.ends.since(page.next).ends.isEmpty)
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

@Suite struct BrokerStoreTests {
    @Test func `live brokers are known with their keys`() async throws {
        try await StoreFixture.with { store in
            let broker = BrokerID()
            try await store.brokers.report(broker, unit: "a", keys: ["k1"])
            try await store.brokers.report(broker, unit: "a", keys: ["k1", "k2"])
            let live = try await store.brokers.live(within: .seconds(60))
            #expect(live.map(\.id) == [broker])
            #expect(live.first?.keys == ["k1", "k2"])
            try await store.brokers.remove(broker)
            #expect(try await store.brokers.live(within: .seconds(60)).isEmpty)
        }
    }

    @Test func `the clock is the database's`() async throws {
        try await StoreFixture.with { store in
            let now = try await store.brokers.now()
            #expect(abs(now.microseconds - WallClock.microseconds()) < 60_000_000)
        }
    }
}

import Bytes
import Postgres
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

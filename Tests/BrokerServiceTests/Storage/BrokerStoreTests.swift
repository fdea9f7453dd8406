import Bytes
import Platform
import Postgres
import Testing

@testable import BrokerService

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

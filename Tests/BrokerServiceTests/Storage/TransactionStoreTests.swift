import Bytes
import Crypto
import Messages
import Postgres
import Testing

@testable import BrokerService

@Suite struct TransactionStoreTests {
    let state: ByteString = "a state"
    let browser: Digest

    init() throws { browser = try #require(Digest(Hash.sha256(Array("cookie".utf8)))) }

    let transaction = LoginTransaction(
        frontend: "app", provider: "demo", issuer: "https://op.example", clientID: "client", intent: .login,
        redirectURI: "https://app.example/bff/callback", returnTo: "/start?a=1", secrets: sealed("nonce, verifier"))

    private func begin(_ store: StoreFixture, session: Handle? = nil, lifetime: Duration = .seconds(600)) async throws {
        try await store.transactions.begin(
            state: state, browser: browser, session: session, transaction, lifetime: lifetime)
    }

    private func consume(
        _ store: StoreFixture, browser: [Digest]? = nil, frontend: ByteString = "app", provider: ByteString? = nil,
        state: ByteString? = nil
    ) async throws -> ConsumedTransaction? {
        try await store.transactions.consume(
            state: state ?? self.state, browser: browser ?? [self.browser], frontend: frontend, provider: provider)
    }

    @Test func `a transaction comes back as it was stored`() async throws {
        try await StoreFixture.with { store in
            try await begin(store)
            let consumed = try #require(try await consume(store, provider: "demo"))
            #expect(consumed.transaction == transaction)
            #expect(consumed.browser == browser.bytes)
            #expect(consumed.session == nil)
            #expect(consumed.created < consumed.now)
        }
    }

    @Test func `of fifty parallel consumers on two brokers one gets it`() async throws {
        try await StoreFixture.with { store in
            try await store.withPeer { peer in
                try await begin(store)
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<50 {
                        group.addTask { try await consume(index.isMultiple(of: 2) ? store : peer) != nil }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
                #expect(try await consume(store) == nil)
            }
        }
    }

    @Test func `a stranger's attempt consumes nothing`() async throws {
        let other = try #require(Digest(Hash.sha256([1])))
        try await StoreFixture.with { store in
            try await begin(store)
            #expect(try await consume(store, browser: [other]) == nil)
            #expect(try await consume(store, browser: []) == nil)
            #expect(try await consume(store, frontend: "other") == nil)
            #expect(try await consume(store, provider: "other") == nil)
            #expect(try await consume(store, state: "another state") == nil)
            #expect(try await consume(store, browser: [other, browser]) != nil)
        }
    }

    @Test func `a transaction that is over is unknown, and is removed`() async throws {
        try await StoreFixture.with { store in
            try await begin(store, lifetime: .seconds(-1))
            #expect(try await consume(store) == nil)
            try await begin(store, lifetime: .seconds(-1))
            #expect(try await store.transactions.count(upTo: 10) == 1)
            #expect(try await store.transactions.removeExpired(limit: 10) == 1)
            #expect(try await store.transactions.count(upTo: 10) == 0)
        }
    }

    @Test func `the session that began it is remembered`() async throws {
        try await StoreFixture.with { store in
            let login = try Login()
            _ = try await store.mint(login)
            try await begin(store, session: login.session.handle)
            #expect(try await consume(store)?.session == login.session.id)
        }
    }

    @Test func `a state is stored as its hash only`() async throws {
        try await StoreFixture.with { store in
            try await begin(store)
            let found = try store.number(
                "SELECT count(*) FROM cloakroom.login_transaction t WHERE t::text LIKE '%a state%'")
            #expect(found == 0)
        }
    }
}

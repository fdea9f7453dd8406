import Bytes
import HTTP
import JSON
import Messages
import Operations
import Platform
import Session
import Synchronization
import Testing

@testable import EdgeService

@Suite struct RateTables {
    private let start = Instant(nanoseconds: 1_000_000_000_000)
    private let rate = Rate(count: 3, period: 3000)

    @Test func `so many at once, and one more with each refill`() {
        var table = RateTable(rate)
        for _ in 0..<3 { #expect(table.take(7, now: start) == nil) }
        #expect(table.take(7, now: start) == .seconds(1))
        #expect(table.take(7, now: start + .milliseconds(400)) == .milliseconds(600))
        #expect(table.take(7, now: start + .seconds(1)) == nil)
        #expect(table.take(7, now: start + .seconds(1)) != nil)
        #expect(table.take(8, now: start + .seconds(1)) == nil)
    }

    @Test func `a full bucket holds no more than its rate`() {
        var table = RateTable(rate)
        let later = start + .seconds(86_400)
        #expect(table.take(7, now: start) == nil)
        for _ in 0..<3 { #expect(table.take(7, now: later) == nil) }
        #expect(table.take(7, now: later) != nil)
    }

    @Test func `what is given back may be taken again, and not more than that`() {
        var table = RateTable(rate)
        for _ in 0..<3 { _ = table.take(7, now: start) }
        table.giveBack(7)
        #expect(table.take(7, now: start) == nil)
        #expect(table.take(7, now: start) != nil)
        table.giveBack(99)
        for _ in 0..<10 { table.giveBack(7) }
        for _ in 0..<3 { #expect(table.take(7, now: start) == nil) }
        #expect(table.take(7, now: start) != nil)
    }

    @Test func `ever new keys do not set a limited one free`() {
        var table = RateTable(rate, capacity: 64)
        while table.take(7, now: start) == nil {}
        for key in 1000..<1100 as Range<UInt64> { _ = table.take(key, now: start) }
        #expect(table.take(7, now: start) != nil)
    }

    @Test func `ever new keys get no more together than the table holds`() {
        var table = RateTable(rate, capacity: 64)
        let passed = (1...10_000 as ClosedRange<UInt64>).count { table.take($0, now: start) == nil }
        #expect(passed == 64 * 3)
        #expect(table.take(123_456, now: start) != nil)
        #expect(table.take(123_456, now: start + .seconds(3)) == nil)
    }
}

@Suite struct Proxies {
    private let proxies = TrustedProxies(networks: ["10.0.0.0/8", "2001:db8:1::/48"].compactMap { IPNetwork($0) })
    private let forwarded = TrustedProxies(networks: [IPNetwork("10.0.0.0/8")].compactMap(\.self), field: .forwarded)

    private func client(_ proxies: TrustedProxies, _ peer: ByteString, _ fields: HTTPFields) throws -> String {
        proxies.client(try #require(IPAddress(peer)), fields).socketAddress.host
    }

    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9"), ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("1.1.1.1,203.0.113.9 ,10.1.2.3", "203.0.113.9"), ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8:2::1", "2001:db8:2::1"), ("[2001:db8:2::1]:80", "2001:db8:2::1"),
        ("[2001:db8:2::1]", "2001:db8:2::1"), ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 2001:db8:1::5", "203.0.113.9"), ("unknown", "10.0.0.1"), ("", "10.0.0.1"),
        ("203.0.113.9,", "10.0.0.1"), ("203.0.113.9, junk, 10.2.2.2", "10.2.2.2"), ("localhost:80", "10.0.0.1"),
        ("10.9.9.9", "10.9.9.9"), ("203.0.113.09", "10.0.0.1"), ("*:1", "10.0.0.1"),
    ]) func `the first from the right that is no proxy is the client`(value: ByteString, expected: String) throws {
        let fields: HTTPFields = [.xForwardedFor: try #require(FieldValue(value))]
        #expect(try client(proxies, "10.0.0.1", fields) == expected)
    }

    @Test func `several lines are one list`() throws {
        var fields: HTTPFields = [.xForwardedFor: "1.1.1.1"]
        fields.append(.xForwardedFor, "203.0.113.9")
        #expect(try client(proxies, "10.0.0.1", fields) == "203.0.113.9")
    }

    @Test func `nobody else is believed`() throws {
        #expect(try client(proxies, "192.0.2.1", [.xForwardedFor: "203.0.113.9"]) == "192.0.2.1")
        #expect(try client(TrustedProxies(), "10.0.0.1", [.xForwardedFor: "203.0.113.9"]) == "10.0.0.1")
        #expect(try client(proxies, "10.0.0.1", [.forwarded: "for=203.0.113.9"]) == "10.0.0.1")
        #expect(try client(forwarded, "10.0.0.1", [.xForwardedFor: "203.0.113.9"]) == "10.0.0.1")
    }

    @Test(arguments: [
        ("for=203.0.113.9", "203.0.113.9"), ("For=\"[2001:db8:2::1]:4711\";proto=https", "2001:db8:2::1"),
        ("for=1.1.1.1, proto=http; by=10.0.0.2 ;for=203.0.113.9", "203.0.113.9"), ("for=_hidden", "10.0.0.1"),
        ("proto=https", "10.0.0.1"), ("for=1.1.1.1, for=\"203.0.113.9", "10.0.0.1"),
    ]) func `Forwarded names it in another way`(value: ByteString, expected: String) throws {
        let fields: HTTPFields = [.forwarded: try #require(FieldValue(value))]
        #expect(try client(forwarded, "10.0.0.1", fields) == expected)
    }
}

@Suite(.timeLimit(.minutes(1))) struct Limiting {
    @Test func `a client that comes too often is told when to come again`() async throws {
        var limits = EdgeLimits()
        limits.user = Rate(count: 2, period: 3_600_000)
        let edge = try await Harness(limits)
        try edge.signIn()
        #expect(try edge.call("GET /bff/user").status == 200)
        #expect(try edge.call("GET /bff/user").status == 200)
        let answer = try edge.call("GET /bff/user")
        #expect(answer.status == 429)
        #expect(answer.contains(#""code":"rate_limited""#))
        #expect(answer.contains("\r\nretry-after: 1800\r\n"))
        #expect(edge.broker.calls("session.user") == 2)
        #expect(try edge.call("GET /api/a").status == 200)
    }

    @Test func `a forwarded address counts only from a proxy`() async throws {
        var limits = EdgeLimits()
        limits.user = Rate(count: 1, period: 3_600_000)
        for isTrusted in [true, false] {
            let proxies = TrustedProxies(networks: isTrusted ? [IPNetwork("127.0.0.1")].compactMap(\.self) : [])
            let edge = try await Harness(limits, proxies: proxies)
            let statuses = try (1...5).map { number in
                try edge.call("GET /bff/user", ["X-Forwarded-For: 203.0.113.\(number)"]).status
            }
            #expect(statuses.filter { $0 == 429 }.count == (isTrusted ? 0 : 4))
        }
    }

    @Test func `the worker hears the client's address`() async throws {
        let edge = try await Harness(proxies: TrustedProxies(networks: [IPNetwork("127.0.0.0/8")].compactMap(\.self)))
        try edge.signIn()
        _ = try edge.call("GET /api/a", ["X-Forwarded-For: 1.1.1.1, 203.0.113.9"])
        #expect(edge.worker.heads.withLock { $0.first?.client } == "203.0.113.9")
    }

    @Test func `logins that are not finished are bounded, and a finished one counts no more`() async throws {
        var limits = EdgeLimits()
        limits.loginsPerClient = 4
        let edge = try await Harness(limits)
        func login() throws -> Int? { try edge.send("GET /bff/login", ["Sec-Fetch-Mode: navigate"]).status }
        #expect(try [login(), login(), login()] == [302, 302, 429])
        #expect(edge.broker.calls("login.begin") == 2)
    }

    @Test func `a route's rate is each session's own`() async throws {
        let edge = try await Harness()
        try edge.signIn()
        #expect(try edge.call("GET /scarce/a").status == 200)
        #expect(try edge.call("GET /scarce/b").status == 200)
        let answer = try edge.call("GET /scarce/a")
        #expect(answer.status == 429)
        #expect(answer.contains("rate_limited"))
        #expect(edge.worker.heads.withLock { $0.count } == 2)
        #expect(try edge.call("GET /api/a").status == 200)
    }
}

@Suite struct CallerLimiting {
    @Test func `a caller has only so many exchanges under way`() throws {
        let limits = CallerLimits(exchanges: 2, Metrics())
        let value = #"{"routes":[{"id":"a","path":"/a/","upstream":{"url":"http://127.0.0.1:9"},"target":"t"}]}"#
        let routes = try Routes(try JSON.parse(Array(value.utf8)), sha256: { Array($0.prefix(32)) })
        let route = try #require(routes.all.first)
        for _ in 0..<2 { try limits.begin(route, .session(1), now: .now()) }
        #expect(throws: Problem.self) { try limits.begin(route, .session(1), now: .now()) }
        try limits.begin(route, .session(2), now: .now())
        limits.end(.session(1))
        try limits.begin(route, .session(1), now: .now())
    }
}

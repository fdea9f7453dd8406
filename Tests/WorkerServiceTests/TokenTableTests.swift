import Bytes
import HTTP
import JSON
import Messages
import Platform
import Testing

@testable import WorkerService

/// The table by reference, because an expectation cannot change a value.
private final class TableBox {
    private var table: TokenTable

    init(capacity: Int = 10) { table = TokenTable(capacity: capacity) }

    var count: Int { table.count }
    var epoch: UInt64 { table.epoch }
    var isEmpty: Bool { table.isEmpty }
    func token(_ pass: Pass, _ now: Instant) -> ByteString? { table.token(pass, now: now)?.bearer.bytes }
    func keep(_ token: HeldToken, _ pass: Pass, epoch: UInt64) -> Bool { table.keep(token, pass, epoch: epoch) }
    func end(_ session: SessionTag, _ now: Instant) { table.end(session, now: now) }
    func forgetAll() { table.forgetAll() }
    func sweep(_ now: Instant) { table.sweep(now: now) }
}

@Suite struct TokenTableTests {
    private let table = TableBox()
    let now = Instant(nanoseconds: 1_000_000_000)

    private func pass(_ text: ByteString) throws -> Pass { try #require(Pass(text)) }

    private func session(_ number: UInt8) throws -> SessionTag {
        try #require(SessionTag(Array(repeating: number, count: 16)))
    }

    private func answer(
        _ token: ByteString, session: SessionTag, token life: Int64 = 60_000, pass: Int64 = 20_000
    ) -> RedeemedToken {
        RedeemedToken(
            accessToken: Secret(token), tokenValidMilliseconds: life, passValidMilliseconds: pass, session: session,
            target: "api", scope: [], claims: JSONObject(), generation: 1)
    }

    private func token(_ text: ByteString, _ number: UInt8) throws -> HeldToken {
        try #require(HeldToken(answer(text, session: try session(number)), asked: now))
    }

    @Test func `a token lives as long as its pass, its own life, and thirty seconds at most`() throws {
        func expiry(_ token: Int64, _ pass: Int64) throws -> Instant? {
            HeldToken(answer("t", session: try session(1), token: token, pass: pass), asked: now)?.expiry
        }
        #expect(try expiry(60_000, 20_000) == now + .seconds(20))
        #expect(try expiry(5000, 20_000) == now + .seconds(5))
        #expect(try expiry(.max, .max) == now + .seconds(30))
    }

    @Test(arguments: ["", "a b", "a\r\nEvil: 1", "a\u{e9}", "a\0"] as [ByteString])
    func `a token that cannot stand in a field is none`(text: ByteString) throws {
        #expect(HeldToken(answer(text, session: try session(1)), asked: now) == nil)
    }

    @Test func `a token never prints`() throws {
        #expect(!String(reflecting: try token("secret-token", 1)).contains("secret-token"))
    }

    @Test func `a pass has its token until it expires`() throws {
        let pass = try pass("p")
        #expect(table.keep(try token("t", 1), pass, epoch: table.epoch))
        #expect(table.token(pass, now + .seconds(19)) == "Bearer t")
        #expect(table.token(pass, now + .seconds(20)) == nil)
        #expect(table.token(try self.pass("other"), now) == nil)
        table.sweep(now + .seconds(20))
        #expect(table.isEmpty)
    }

    @Test func `the end of a session takes its tokens, and an answer under way brings none back`() throws {
        #expect(table.keep(try token("a", 1), try pass("p1"), epoch: table.epoch))
        #expect(table.keep(try token("b", 1), try pass("p2"), epoch: table.epoch))
        #expect(table.keep(try token("c", 2), try pass("p3"), epoch: table.epoch))
        table.end(try session(1), now)
        #expect(table.token(try pass("p1"), now) == nil)
        #expect(table.token(try pass("p2"), now) == nil)
        #expect(table.token(try pass("p3"), now) == "Bearer c")
        #expect(!table.keep(try token("a", 1), try pass("p1"), epoch: table.epoch))
        table.sweep(now + .seconds(60))
        #expect(table.keep(try token("a", 1), try pass("p1"), epoch: table.epoch))
    }

    @Test func `after everything was forgotten an older answer is used but not kept`() throws {
        let epoch = table.epoch
        #expect(table.keep(try token("a", 1), try pass("p1"), epoch: epoch))
        table.forgetAll()
        #expect(table.count == 0)
        #expect(table.keep(try token("b", 1), try pass("p1"), epoch: epoch))
        #expect(table.count == 0)
    }

    @Test func `a renewed token takes the place of the old one, and a full table keeps nothing new`() throws {
        let table = TableBox(capacity: 1)
        #expect(table.keep(try token("a", 1), try pass("p1"), epoch: 0))
        #expect(table.keep(try token("b", 1), try pass("p1"), epoch: 0))
        #expect(table.token(try pass("p1"), now) == "Bearer b")
        #expect(table.keep(try token("c", 2), try pass("p2"), epoch: 0))
        #expect(table.count == 1)
        #expect(table.token(try pass("p2"), now) == nil)
    }
}

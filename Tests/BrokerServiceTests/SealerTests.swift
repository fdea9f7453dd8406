import Bytes
import Crypto
import Messages
import Platform
import Testing

@testable import BrokerService

@Suite struct SealerTests {
    let sealer: Sealer
    let context = SealContext(
        table: "token_grant", column: "refresh_token", row: [1, 2, 3], owner: [9], issuer: "https://a.example",
        client: "app", generation: 4)

    init() throws { sealer = Sealer(ring: try KeyRing.generate()) }

    @Test func `what was sealed opens in the same place`() throws {
        let sealed = sealer.seal(Array("token".utf8), context)
        #expect(try sealer.open(sealed, context).reveal() == Array("token".utf8))
        #expect(try sealer.open(sealer.seal([], context), context).reveal().isEmpty)
    }

    static let moves: [@Sendable (inout SealContext) -> Void] = [
        { $0.table = "access_token" }, { $0.column = "token" }, { $0.row = [1, 2] }, { $0.owner = [8] },
        { $0.issuer = "https://b.example" }, { $0.client = "other" }, { $0.generation = 5 }, { $0.generation = nil },
        {
            $0.row = [1, 2, 3, 9]; $0.owner = []
        },
        {
            $0.table = "token_grantrefresh_token"; $0.column = ""
        },
    ]

    @Test(arguments: moves.indices) func `it opens in no other place`(index: Int) {
        let sealed = sealer.seal(Array("token".utf8), context)
        var other = context
        Self.moves[index](&other)
        #expect(throws: SealError.broken) { try sealer.open(sealed, other) }
    }

    @Test func `any changed octet breaks it`() {
        let sealed = sealer.seal(Array("token".utf8), context)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SealError.self) { try sealer.open(changed, context) }
        }
        for length in 0..<sealed.count {
            #expect(throws: SealError.self) { try sealer.open(Array(sealed.prefix(length)), context) }
        }
    }

    @Test func `a key the ring lacks is told from a broken value`() throws {
        let other = Sealer(ring: try KeyRing.generate())
        let sealed = sealer.seal([1], context)
        #expect(throws: SealError.keyUnavailable(sealer.ring.active)) { try other.open(sealed, context) }
    }

    @Test func `a ring survives its file and prints nothing`() throws {
        let ring = sealer.ring
        let copy = try KeyRing(file: ring.encoded())
        #expect(copy.sealing == ring.sealing)
        #expect(copy.active == ring.active)
        #expect(copy.index == ring.index)
        let key = Base64.encodeURL(ring.activeKey.reveal()).text
        #expect(!"\(ring)".contains(key))
    }

    @Test(arguments: [
        "", "{}", #"{"version":2}"#, #"{"version":1,"active":"a","sealing":[],"index":{}}"#,
        #"{"version":1,"active":"a","sealing":[{"id":"a","key":"AAAA"}],"index":{"id":"i","key":"AAAA"}}"#,
    ])
    func `a ring that is not whole is refused`(text: String) {
        #expect(throws: KeyRingError.self) { try KeyRing(file: Secret(Array(text.utf8))) }
    }

    @Test func `passes open until they end and only as they were made`() throws {
        let box = PassBox(sealer: sealer)
        let contents = PassContents(session: [1, 2, 3], target: "orders", expiry: Instant(nanoseconds: 1000))
        let pass = try #require(box.make(contents))
        #expect(box.open(pass, now: Instant(nanoseconds: 999)) == contents)
        #expect(box.open(pass, now: Instant(nanoseconds: 1000)) == nil)
        // A clock that says so is not the one that the pass was made by.
        let life = UInt64(PassBox.longestLife.nanosecondsClamped)
        let far = try #require(
            box.make(PassContents(session: [1], target: "a", expiry: Instant(nanoseconds: life + 2))))
        #expect(box.open(far, now: Instant(nanoseconds: 1)) == nil)
        #expect(box.open(far, now: Instant(nanoseconds: 2)) != nil)
        #expect(box.make(contents) != pass)
        var bytes = pass.text.bytes
        for index in bytes.indices {
            let original = bytes[index]
            bytes[index] = original == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            if let changed = Pass(ByteString(bytes)) { #expect(box.open(changed, now: Instant(nanoseconds: 1)) == nil) }
            bytes[index] = original
        }
        #expect(PassBox(sealer: Sealer(ring: try KeyRing.generate())).open(pass, now: Instant(nanoseconds: 1)) == nil)
    }

    @Test func `blind indexes depend on purpose and on where one part ends`() {
        let index = sealer.blindIndex("user", ["ab", "c"])
        #expect(index == sealer.blindIndex("user", ["ab", "c"]))
        #expect(index != sealer.blindIndex("user", ["a", "bc"]))
        #expect(index != sealer.blindIndex("sid", ["ab", "c"]))
    }
}

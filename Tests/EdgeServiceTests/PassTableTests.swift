import Bytes
import Messages
import Platform
import Testing

@testable import EdgeService

@Suite struct PassTables {
    let start = Instant(nanoseconds: 1_000_000_000)
    let first = SessionTag([UInt8](repeating: 1, count: 16))
    let second = SessionTag([UInt8](repeating: 2, count: 16))

    private func key(_ number: UInt8, _ target: ByteString = "api") throws -> PassTable.Key {
        PassTable.Key(handle: try #require(Handle([UInt8](repeating: number, count: 32))), target: target, slides: true)
    }

    private func passage(_ text: ByteString, _ session: SessionTag?) throws -> Passage {
        Passage(pass: try #require(Pass(text)), session: try #require(session))
    }

    @Test func `a pass is found until its time is over`() throws {
        var table = PassTable(capacity: 10)
        let passage = try passage("p", first)
        let isKept = table.keep(passage, try key(1), until: start + .seconds(30), epoch: 0, now: start)
        #expect(isKept)
        #expect(table.passage(try key(1), now: start + .seconds(29)) == passage)
        #expect(table.passage(try key(1), now: start + .seconds(30)) == nil)
        #expect(table.passage(try key(1, "other"), now: start) == nil)
        #expect(table.passage(try key(2), now: start) == nil)
    }

    @Test func `the end of a session takes all its passes and no other`() throws {
        var table = PassTable(capacity: 10)
        for (number, target, session) in [(1, "a", first), (1, "b", first), (2, "a", second)]
            as [(UInt8, ByteString, SessionTag?)]
        {
            _ = table.keep(
                try passage(target, session), try key(number, target), until: start + .seconds(30), epoch: 0, now: start
            )
        }
        table.end(try #require(first), now: start)
        #expect(table.passage(try key(1, "a"), now: start) == nil)
        #expect(table.passage(try key(1, "b"), now: start) == nil)
        #expect(table.passage(try key(2, "a"), now: start) != nil)
    }

    @Test func `an answer that was on its way does not bring an ended session back`() throws {
        var table = PassTable(capacity: 10)
        table.end(try #require(first), now: start)
        let isKept = table.keep(try passage("p", first), try key(1), until: start + .seconds(30), epoch: 0, now: start)
        #expect(!isKept)
        #expect(table.passage(try key(1), now: start) == nil)
    }

    @Test func `a new connection forgets the passes, and answers of the old one are not kept`() throws {
        var table = PassTable(capacity: 10)
        _ = table.keep(try passage("p", first), try key(1), until: start + .seconds(30), epoch: 0, now: start)
        table.removeAll()
        #expect(table.passage(try key(1), now: start) == nil)
        let isUsable = table.keep(
            try passage("p", first), try key(1), until: start + .seconds(30), epoch: 0, now: start)
        #expect(isUsable)
        #expect(table.count == 0)
    }

    @Test func `a handle that was logged out is refused at once`() throws {
        var table = PassTable(capacity: 10)
        _ = table.keep(try passage("p", first), try key(1), until: start + .seconds(30), epoch: 0, now: start)
        table.refuse(try key(1).handle, now: start)
        #expect(table.passage(try key(1), now: start) == nil)
        #expect(table.isRefused(try key(1).handle, now: start + .seconds(3600)))
        #expect(!table.isRefused(try key(2).handle, now: start))
        let isKept = table.keep(try passage("q", first), try key(1), until: start + .seconds(30), epoch: 0, now: start)
        #expect(!isKept)
    }

    @Test func `only the pass that was not known is forgotten`() throws {
        var table = PassTable(capacity: 10)
        _ = table.keep(try passage("new", first), try key(1), until: start + .seconds(30), epoch: 0, now: start)
        table.forget(try passage("old", first), try key(1))
        #expect(table.passage(try key(1), now: start) != nil)
        table.forget(try passage("new", first), try key(1))
        #expect(table.passage(try key(1), now: start) == nil)
    }

    @Test func `a full table keeps nothing new, and what is over makes room`() throws {
        var table = PassTable(capacity: 1)
        _ = table.keep(try passage("p", first), try key(1), until: start + .seconds(1), epoch: 0, now: start)
        let isUsable = table.keep(
            try passage("q", second), try key(2), until: start + .seconds(30), epoch: 0, now: start)
        #expect(isUsable)
        #expect(table.passage(try key(2), now: start) == nil)
        table.sweep(now: start + .seconds(1))
        _ = table.keep(try passage("q", second), try key(2), until: start + .seconds(30), epoch: 0, now: start)
        #expect(table.passage(try key(2), now: start) != nil)
        table.sweep(now: start + .seconds(100))
        #expect(table.isEmpty)
    }
}

@Suite struct WorkerChoices {
    private let seeds = ["a", "b", "c", "d"].map(WorkerChoice.seed)

    private func places(_ seeds: [UInt64], loads: [Int]? = nil) -> [Int?] {
        (0..<1000).map { number in
            WorkerChoice.place(UInt64(number), seeds.enumerated().map { ($1, loads?[$0] ?? 0) })
        }
    }

    @Test func `sessions spread over all workers`() {
        let places = places(seeds)
        for worker in seeds.indices { #expect(places.count { $0 == worker } > 180) }
    }

    @Test func `a worker that goes moves its own sessions only`() {
        let before = places(seeds)
        let after = places(Array(seeds.dropLast()))
        for (old, new) in zip(before, after) where old != 3 { #expect(old == new) }
    }

    @Test func `a worker far busier than the others gets nothing more`() {
        #expect(!places(seeds, loads: [1000, 10, 10, 10]).contains(0))
    }

    @Test func `without workers there is no choice`() {
        #expect(WorkerChoice.place(1, []) == nil)
    }
}

import Messages
import Platform
import Testing

@testable import BrokerService

@Suite struct EndLedgerTests {
    private func tag(_ number: UInt8) throws -> SessionTag {
        try #require(SessionTag([UInt8](repeating: number, count: 16)))
    }

    private func at(_ seconds: UInt64) -> Instant { Instant(nanoseconds: (1000 + seconds) * 1_000_000_000) }

    @Test func `an end heard after the mark stops the reply, one heard before it does not`() throws {
        var ledger = EndLedger()
        ledger.heard([try tag(1)], now: at(0))
        let mark = ledger.mark()
        #expect(!ledger.ended(try tag(1), since: mark))
        ledger.heard([try tag(2)], now: at(1))
        #expect(ledger.ended(try tag(2), since: mark))
        #expect(!ledger.ended(try tag(3), since: mark))
        #expect(!ledger.ended(try tag(2), since: ledger.mark()))
    }

    @Test func `a mark older than the memory stops every reply`() throws {
        var ledger = EndLedger()
        let mark = ledger.mark()
        ledger.heard([try tag(1)], now: at(0))
        ledger.heard([try tag(2)], now: at(120))
        #expect(ledger.ended(try tag(3), since: mark))
        #expect(!ledger.knows(try tag(1)))
        #expect(ledger.knows(try tag(2)))
    }

    @Test func `memory stays bounded by time`() throws {
        var ledger = EndLedger()
        for second in 0..<5000 { ledger.heard([try tag(UInt8(second % 251))], now: at(UInt64(second))) }
        let known = try (0..<251).filter { ledger.knows(try tag(UInt8($0))) }
        #expect(known.count == 61)
    }

    @Test func `the proof is as old as its sending`() throws {
        var ledger = EndLedger()
        #expect(ledger.proofAge(now: at(5)) == nil)
        ledger.proven(sentAt: at(3))
        ledger.proven(sentAt: at(2))
        #expect(ledger.proofAge(now: at(5)) == .seconds(2))
    }
}

import Testing

@testable import Platform

@Suite struct TimerWheelTests {
    @Test(arguments: [1, 2, 63, 64, 65, 1022, 1023, 1024, 1025, 5000] as [UInt64])
    func `an entry comes out at its tick and not before`(distance: UInt64) {
        var wheel = TimerWheel<String>(at: 1000)
        wheel.insert("a", tick: 1000 + distance)
        var tick: UInt64 = 1000
        while tick < 1000 + distance - 1 {
            guard let next = wheel.next() else {
                Issue.record("nothing waits")
                return
            }
            tick = min(next, 1000 + distance - 1)
            #expect(wheel.advance(to: tick).isEmpty)
        }
        #expect(wheel.advance(to: 1000 + distance).map(\.entry) == ["a"])
        #expect(wheel.next() == nil)
    }

    @Test func `what lies in the past is due at the next tick`() {
        var wheel = TimerWheel<Int>(at: 50)
        wheel.insert(1, tick: 3)
        #expect(wheel.next() == 51)
        #expect(wheel.advance(to: 51).map(\.entry) == [1])
    }

    @Test func `a jump over the whole wheel returns everything due once`() {
        var wheel = TimerWheel<Int>(at: 7)
        for tick in 8..<4000 { wheel.insert(tick, tick: UInt64(tick)) }
        #expect(wheel.advance(to: 2999).map(\.entry).sorted() == Array(8...2999))
        #expect(wheel.advance(to: 9999).map(\.entry).sorted() == Array(3000..<4000))
    }
}

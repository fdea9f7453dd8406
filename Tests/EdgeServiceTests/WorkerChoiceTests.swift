import Testing

@testable import EdgeService

@Suite struct ChoosingAWorker {
    private let names = ["a.sock", "a-2.sock", "b.sock", "b-2.sock"]

    private func place(_ session: UInt64, _ names: [String], _ loads: [Int]? = nil) -> Int? {
        WorkerChoice.place(
            session, names.enumerated().map { (WorkerChoice.seed($0.element), loads?[$0.offset] ?? 0) })
    }

    @Test func `sessions are spread over all workers`() {
        var counts = [0, 0, 0, 0]
        for session in 0..<4000 { counts[place(UInt64(session), names) ?? 0] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) }, "\(counts)")
    }

    @Test func `when a worker goes, only its own sessions move; when it is back, they are, too`() {
        let left = ["a.sock", "a-2.sock", "b-2.sock"]
        for session in 0..<1000 {
            let (before, after) = (place(UInt64(session), names), place(UInt64(session), left))
            if before != 2 { #expect(before.map { names[$0] } == after.map { left[$0] }) }
        }
    }

    @Test func `the order of the workers does not matter`() {
        for session in 0..<200 {
            let place = place(UInt64(session), names)
            let reversed = self.place(UInt64(session), names.reversed())
            #expect(place == reversed.map { names.count - 1 - $0 })
        }
    }

    @Test(arguments: [2, 3, 4]) func `one hot session takes no more than its share and some`(count: Int) {
        let names = Array(names.prefix(count))
        var loads = [Int](repeating: 0, count: count)
        for _ in 0..<400 {
            if let chosen = place(7, names, loads) { loads[chosen] += 1 }
        }
        #expect(loads.reduce(0, +) == 400)
        let mean = 400 / count
        #expect(loads.max() ?? 0 <= mean + mean / 4 + 17, "\(loads)")
    }

    @Test func `without workers there is none to choose`() { #expect(place(1, []) == nil) }
}

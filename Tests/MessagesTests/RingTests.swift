import Testing

@testable import Messages

@Suite struct RingTests {
    private final class Witness: Sendable {}

    @Test func `elements come out in the order in which they went in`() {
        var ring = Ring<Int>()
        var (next, out) = (0, [Int]())
        for round in 1...200 {
            for _ in 0..<(round % 7) {
                ring.append(next)
                next += 1
            }
            for _ in 0..<(round % 5) { if let element = ring.popFirst() { out.append(element) } }
            #expect(ring.count == next - out.count)
            #expect(ring.elements == Array(out.count..<next))
        }
        #expect(out == Array(0..<out.count))
    }

    @Test func `what was taken is not kept`() {
        var ring = Ring<Witness>()
        for _ in 0..<3 { ring.append(Witness()) }
        weak let first = ring.first
        _ = ring.popFirst()
        #expect(first == nil)
        #expect(ring.count == 2)
    }
}

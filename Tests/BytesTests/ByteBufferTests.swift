import Bytes
import Testing

@Suite struct ByteBufferTests {
    @Test func `what goes in comes out in order`() {
        var buffer = ByteBuffer([1, 2])
        buffer.append(contentsOf: [3, 4, 5])
        buffer.append(6)
        #expect(buffer.count == 6)
        #expect(Array(buffer.readable) == [1, 2, 3, 4, 5, 6])
        buffer.consume(2)
        #expect(buffer.take(2) == [3, 4])
        #expect(Array(buffer.takeSlice(1)) == [5])
        #expect(buffer.take(9) == [6])
        #expect(buffer.isEmpty)
        #expect(buffer.take(1).isEmpty)
    }

    @Test func `counts beyond what is there, or below zero, are harmless`() {
        var buffer = ByteBuffer([1, 2, 3])
        buffer.consume(-1)
        #expect(buffer.count == 3)
        #expect(buffer.take(-1).isEmpty)
        #expect(buffer.takeSlice(-1).isEmpty)
        #expect(buffer.count == 3)
        buffer.consume(.max)
        #expect(buffer.isEmpty)
        buffer.consume(.max)
        buffer.append(contentsOf: [4][...])
        #expect(buffer.take(.max) == [4])
    }

    @Test func `a slice that was taken outlives changes of the buffer`() {
        var buffer = ByteBuffer([1, 2, 3, 4])
        let slice = buffer.takeSlice(2)
        buffer.append(contentsOf: [5])
        buffer.consume(3)
        buffer.append(contentsOf: [6])
        #expect(Array(slice) == [1, 2])
        #expect(Array(buffer.readable) == [6])
    }

    @Test func `any mixture of calls keeps the order`() {
        var state: UInt64 = 7
        func random(_ limit: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int((state >> 33) % limit)
        }
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        for step in 0..<20_000 {
            let count = random(40)
            switch random(4) {
            case 0, 1:
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: step &+ $0) }
                buffer.append(contentsOf: bytes)
                model += bytes
            case 2:
                #expect(buffer.take(count) == Array(model.prefix(count)))
                model.removeFirst(min(count, model.count))
            default:
                buffer.consume(count)
                model.removeFirst(min(count, model.count))
            }
            #expect(buffer.count == model.count)
        }
        #expect(Array(buffer.readable) == model)
    }
}

import Bytes
import Testing

@Suite struct OctetWriterTests {
    @Test func `what is written stands behind what was there`() {
        var out = Array("before ".utf8)
        out.append(atMost: 64) { writer in
            writer.append("text ")
            writer.append(UInt8(ascii: "x"))
            writer.append(word: 0x2064_6362_6120, keeping: 6)
            writer.append(Array("span".utf8).span)
        }
        #expect(String(decoding: out, as: UTF8.self) == "before text x abcd span")
    }

    @Test(arguments: [0, 9, 10, 99, 1_000_000, UInt64.max - 1, .max])
    func `numbers are written shortest, or with as many digits as wanted`(_ number: UInt64) {
        var out: [UInt8] = []
        out.append(atMost: 40) { writer in
            writer.append(decimal: number)
            writer.append(UInt8(ascii: " "))
            writer.append(decimal: number % 1000, digits: 6)
        }
        let last = String(number % 1000)
        #expect(
            String(decoding: out, as: UTF8.self) == "\(number) " + String(repeating: "0", count: 6 - last.count) + last)
    }

    @Test func `memory grows by doubling, not with every piece`() {
        var out: [UInt8] = []
        var moves = 0
        var capacity = out.capacity
        for _ in 0..<10_000 {
            out.append(atMost: 100) { $0.append("0123456789") }
            if out.capacity != capacity { moves += 1 }
            capacity = out.capacity
        }
        #expect(out.count == 100_000)
        #expect(moves < 20)
    }

    @Test func `a bound that is too small ends the program, never the memory behind`() async {
        await #expect(processExitsWith: .failure) {
            var out: [UInt8] = []
            out.append(atMost: 3) { $0.append("four") }
        }
    }
}

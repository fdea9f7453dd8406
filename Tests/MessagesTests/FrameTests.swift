import Bytes
import Testing

@testable import Messages

@Suite struct FrameTests {
    private func bytes(_ frame: Frame) -> [UInt8] {
        var out: [UInt8] = []
        frame.append(to: &out)
        return out
    }

    private func decode(_ bytes: [UInt8]) throws -> [Frame] {
        var decoder = FrameDecoder()
        var buffer = ByteBuffer(bytes)
        var frames: [Frame] = []
        while let frame = try decoder.next(from: &buffer) { frames.append(frame) }
        return frames
    }

    static let samples = [
        Frame(.message, stream: 0, payload: Array("{}".utf8)),
        Frame(.head, stream: 1, payload: Array("{}".utf8), flags: [.end, .wide]),
        Frame(.body, stream: .max, payload: [UInt8](repeating: 7, count: 16384)),
        Frame(.body, stream: 2, payload: [], flags: .end),
        Frame.credit(0x0001_0203, stream: 9),
        Abort(.notSent, .routeUnknown, retryAfterMilliseconds: 5).frame(stream: 3),
    ]

    @Test func `the header is twelve octets, big-endian`() {
        #expect(
            bytes(Frame(.head, stream: 0x0102_0304, payload: [0x7B, 0x7D], flags: .end))
                == [0, 0, 0, 2, 2, 1, 0, 0, 1, 2, 3, 4, 0x7B, 0x7D])
        #expect(bytes(.credit(0x0102_0304, stream: 5)) == [0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4])
    }

    @Test func `frames come out as they went in, however the octets are cut`() throws {
        let all = Self.samples.flatMap(bytes)
        for size in [1, 2, 3, 11, 12, 13, 1000, all.count] {
            var decoder = FrameDecoder()
            var buffer = ByteBuffer()
            var frames: [Frame] = []
            for start in stride(from: 0, to: all.count, by: size) {
                buffer.append(contentsOf: all[start..<min(start + size, all.count)])
                while let frame = try decoder.next(from: &buffer) { frames.append(frame) }
            }
            #expect(frames == Self.samples)
            #expect(!decoder.isInsideFrame(buffer))
        }
    }

    @Test(
        arguments: [
            // length, kind, flags, reserved, stream
            ([0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0], FrameFault.unknownKind),
            ([0, 0, 0, 2, 6, 0, 0, 0, 0, 0, 0, 0], .unknownKind),
            ([0, 0, 0, 2, 1, 1, 0, 0, 0, 0, 0, 0], .unknownFlag),
            ([0, 0, 0, 2, 2, 4, 0, 0, 0, 0, 0, 1], .unknownFlag),
            ([0, 0, 0, 2, 3, 2, 0, 0, 0, 0, 0, 1], .unknownFlag),
            ([0, 0, 0, 4, 4, 1, 0, 0, 0, 0, 0, 1], .unknownFlag),
            ([0, 0, 0, 2, 5, 1, 0, 0, 0, 0, 0, 1], .unknownFlag),
            ([0, 0, 0, 2, 1, 0, 1, 0, 0, 0, 0, 0], .reservedNotZero),
            ([0, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0, 0], .reservedNotZero),
            ([0, 0x10, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], .badLength),
            ([0, 1, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1], .badLength),
            ([0, 0, 0x40, 1, 3, 0, 0, 0, 0, 0, 0, 1], .badLength),
            ([0xFF, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0, 0, 0, 0, 1], .badLength),
            ([0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1], .badLength),
            ([0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 1], .badLength),
            ([0, 0, 0, 5, 4, 0, 0, 0, 0, 0, 0, 1], .badLength),
            ([0, 0, 4, 1, 5, 0, 0, 0, 0, 0, 0, 1], .badLength),
            ([0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1], .badLength),
            ([0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 1], .wrongStream),
            ([0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0], .wrongStream),
            ([0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0], .wrongStream),
            ([0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0], .wrongStream),
            ([0, 0, 0, 2, 5, 0, 0, 0, 0, 0, 0, 0], .wrongStream),
        ] as [([UInt8], FrameFault)])
    func `a header against the rules is refused before its payload`(_ header: [UInt8], _ fault: FrameFault) {
        #expect(throws: fault) { try decode(header) }
    }

    @Test func `mutated octets never crash the decoder or the machines`() throws {
        var generator = SeededGenerator(state: 42)
        let all = Self.samples.flatMap(bytes)
        var faults = 0
        for _ in 0..<3000 {
            var mutated = all
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<mutated.count, using: &generator)
                mutated[place] = UInt8.random(in: 0...255, using: &generator)
                if Bool.random(using: &generator) { mutated.remove(at: place) }
            }
            faults += feed(mutated, cut: Int.random(in: 1...200, using: &generator)) ? 0 : 1
        }
        #expect(faults > 1000)
    }

    /// Whether a server, with its streams used as a driver would, took all of it.
    private func feed(_ bytes: [UInt8], cut: Int) -> Bool {
        var machine = LinkMachine(role: .server, streamLimit: 4)
        var decoder = FrameDecoder()
        var buffer = ByteBuffer()
        var out: [UInt8] = []
        do throws(FrameFault) {
            for start in stride(from: 0, to: bytes.count, by: cut) {
                buffer.append(contentsOf: bytes[start..<min(start + cut, bytes.count)])
                while let frame = try decoder.next(from: &buffer) {
                    if case .opened(let stream) = try machine.receive(frame) {
                        try machine.send(head: [0x7B, 0x7D], on: stream, end: false)
                        machine.send(body: bytes[..<20], on: stream, end: true)
                        while let part = try machine.take(stream), part != .end {}
                    }
                    try machine.fill(&out, room: 1000) { _ in }
                }
            }
            return true
        } catch { return false }
    }
}

/// A seeded generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

import Bytes
import HTTP
import Testing

/// A small generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct MutationTests {
    private static let interesting = octets("\r\n\t :;,=%/\\.?#0a\u{0}\u{7F}\u{80}\u{FF}+-_[]\"")

    private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<3, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let octet = MutationTests.interesting.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where place < bytes.count: bytes[place] = octet
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 3:
                let end = min(bytes.count, place + Int.random(in: 0..<40, using: &random))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            default: bytes.insert(octet, at: place)
            }
        }
        return bytes
    }

    private func cuts(_ bytes: [UInt8], _ random: inout SeededGenerator) -> Cuts {
        .at((0..<Int.random(in: 1..<6, using: &random)).map { _ in Int.random(in: 0...bytes.count, using: &random) })
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `mutated requests never crash the parser, and cuts never change what it says`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let samples = RequestCorpus.all.filter { $0.bytes.count < 1_000 }
        for _ in 0..<400 {
            let (one, other) = (samples.randomElement(using: &random), samples.randomElement(using: &random))
            let bytes = mutate((one?.bytes ?? []) + (other?.bytes ?? []), &random)
            let whole = transcribe(requests: bytes)
            #expect(transcribe(requests: bytes, cuts: cuts(bytes, &random)) == whole, "\(ByteString(bytes))")
            #expect(transcribe(requests: bytes, cuts: .everyOctet) == whole, "\(ByteString(bytes))")
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `mutated responses never crash the parser, and cuts never change what it says`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let samples = ResponseCorpus.all.filter { $0.bytes.count < 1_000 }
        let methods: [HTTPMethod] = [.get, .head, .get, .get]
        for _ in 0..<400 {
            let (one, other) = (samples.randomElement(using: &random), samples.randomElement(using: &random))
            let bytes = mutate((one?.bytes ?? []) + (other?.bytes ?? []), &random)
            let whole = transcribe(responses: bytes, to: methods)
            let cut = transcribe(responses: bytes, to: methods, cuts: cuts(bytes, &random))
            #expect(cut == whole, "\(ByteString(bytes))")
            #expect(transcribe(responses: bytes, to: methods, cuts: .everyOctet) == whole, "\(ByteString(bytes))")
        }
    }
}

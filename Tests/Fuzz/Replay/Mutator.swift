/// Makes inputs out of those of a corpus; the same seed makes the same.
struct Mutator {
    private static let interesting = Array("\r\n\t :;,=%/\\.?#0a\0{}[]\"-+_".utf8) + [0x7F, 0x80, 0xC3, 0xFF]

    private var random: SplitMix
    private let inputs: [[UInt8]]

    init(seed: UInt64, corpus: Corpus) {
        random = SplitMix(state: seed)
        inputs = corpus.inputs
    }

    mutating func next() -> [UInt8] {
        var input = inputs[Int.random(in: 0..<inputs.count, using: &random)]
        for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&input) }
        return input
    }

    private mutating func mutate(_ input: inout [UInt8]) {
        let place = Int.random(in: 0...input.count, using: &random)
        let octet = Self.interesting[Int.random(in: 0..<Self.interesting.count, using: &random)]
        switch Int.random(in: 0..<7, using: &random) {
        case 0 where place < input.count: input[place] = octet
        case 1 where place < input.count: input[place] = UInt8.random(in: 0...255, using: &random)
        case 2 where place < input.count: input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 3 where place < input.count: input.removeSubrange(range(in: input, from: place))
        case 4: input.insert(contentsOf: input[range(in: input, from: place)], at: place)
        case 5: splice(&input, at: place)
        default: input.insert(octet, at: place)
        }
    }

    private mutating func range(in input: [UInt8], from place: Int) -> Range<Int> {
        place..<min(input.count, place + Int.random(in: 1...24, using: &random))
    }

    /// Goes on with the tail of another input.
    private mutating func splice(_ input: inout [UInt8], at place: Int) {
        let other = inputs[Int.random(in: 0..<inputs.count, using: &random)]
        input = input[..<place] + other.suffix(Int.random(in: 0...other.count, using: &random))
    }
}

/// SplitMix64.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

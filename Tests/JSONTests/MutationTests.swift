import Bytes
import JSON
import Testing

/// A small deterministic generator (SplitMix64), so that a failure comes back.
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

@Suite struct MutationTests {
    static let interesting =
        Array("{}[]\",:\\/*u0123456789abcdefD8+-.eE tn\n".utf8) + [0, 0x1F, 0x7F, 0x80, 0xC2, 0xED, 0xFF]

    static func mutate(_ document: [UInt8], with generator: inout SplitMix) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            let byte = interesting[Int.random(in: 0..<interesting.count, using: &generator)]
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes.insert(byte, at: place)
            case 1 where place < bytes.count: bytes[place] = byte
            case 2 where place < bytes.count: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: document.prefix(place).suffix(6), at: place)
            default: break
            }
        }
        return bytes
    }

    @Test(arguments: [JSON.Dialect.strict, .configuration])
    func `mutated documents never crash, and what is accepted reads back the same`(_ dialect: JSON.Dialect) throws {
        var generator = SplitMix(state: dialect == .strict ? 1 : 2)
        let malformed = MalformedDocuments.all.map(\.bytes).filter { $0.count < 100 }
        let seeds = ValidDocuments.all.map { Array($0.text.utf8) } + malformed
        var accepted = 0
        for round in 0..<150_000 {
            let bytes = Self.mutate(seeds[round % seeds.count], with: &generator)
            guard let value = try? JSON.parse(bytes, dialect: dialect) else { continue }
            accepted += 1
            #expect(try JSON.parse(JSON.write(value)) == value, "\(ByteString(bytes))")
        }
        #expect(accepted > 5_000)
    }

    @Test func `any octets in a string are written so that they read back`() throws {
        var generator = SplitMix(state: 3)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<12, using: &generator)
            let octets = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let value = JSONValue.object(JSONObject([(ByteString(octets), .string(ByteString(octets)))]))
            let text = ByteString(String(decoding: octets, as: UTF8.self))
            let read = try JSON.parse(JSON.write(value)).object?.members.first
            #expect(read?.name == read?.value.string)
            if ByteString(octets) == text { #expect(read?.name == text) }
        }
    }
}

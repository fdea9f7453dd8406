internal import Bytes
internal import Crypto
internal import Synchronization

/// Names for requests, for the log lines of all three processes: 16 hexadecimal digits, unique in practice, no secret.
final class RequestIDs: Sendable {
    private let next64: Atomic<UInt64>
    /// An odd number, so that the sequence comes through all values before one repeats.
    private static let step: UInt64 = 0x9e37_79b9_7f4a_7c15

    init() {
        let seed = Random.bytes(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        next64 = Atomic(seed)
    }

    func next() -> ByteString {
        let value = next64.wrappingAdd(Self.step, ordering: .relaxed).newValue
        return ByteString((0..<16).map { Hex.digit(UInt8(truncatingIfNeeded: value >> (60 - 4 * UInt64($0))) & 15) })
    }
}

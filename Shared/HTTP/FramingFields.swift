import Bytes

/// What the fields of a head say about the message as a whole (RFC 9112 §6 and §9.6).
struct FramingFields {
    private var contentLengths = 0
    private var contentLength: Range<Int> = 0..<0
    private var transferEncodings = 0
    private var transferEncoding: Range<Int> = 0..<0
    private(set) var hosts = 0
    private(set) var host: Range<Int> = 0..<0
    private(set) var closes = false
    private(set) var expectations = 0
    private(set) var expectation: Range<Int> = 0..<0
    private(set) var upgradesProtocolVersion = false

    init(_ bytes: Span<UInt8>, _ slots: [FieldSlot]) {
        for slot in slots {
            switch slot.known {
            case .contentLength:
                contentLengths += 1
                contentLength = slot.value
            case .transferEncoding:
                transferEncodings += 1
                transferEncoding = slot.value
            case .host:
                hosts += 1
                host = slot.value
            case .connection:
                closes = closes || TokenList.contains("close", bytes, slot.value)
            case .expect:
                expectations += 1
                expectation = slot.value
            case .upgrade:
                upgradesProtocolVersion = upgradesProtocolVersion || TokenList.contains("h2c", bytes, slot.value)
            case .http2Settings:
                upgradesProtocolVersion = true
            default: break
            }
        }
    }

    var isPresent: Bool { contentLengths + transferEncodings > 0 }

    /// The framing that the fields name; nil when they name none. Nothing is merged and nothing overrides.
    func framing(_ bytes: Span<UInt8>, _ version: HTTPVersion) throws(HTTPFault) -> BodyFraming? {
        if transferEncodings > 0 {
            guard contentLengths == 0 else { throw .conflictingFraming }
            guard transferEncodings == 1, version == .http11 else { throw .badTransferEncoding }
            return try coding(bytes)
        }
        guard contentLengths > 0 else { return nil }
        guard contentLengths == 1, let length = length(bytes) else { throw .badContentLength }
        return .length(length)
    }

    private func coding(_ bytes: Span<UInt8>) throws(HTTPFault) -> BodyFraming {
        let range = transferEncoding
        let chunked: StaticString = "chunked"
        if chunked.matchesIgnoringCase(bytes, range.lowerBound, range.upperBound) { return .chunked }
        throw FieldName.isValid(bytes, range.lowerBound, range.upperBound)
            ? .unknownTransferCoding : .badTransferEncoding
    }

    private func length(_ bytes: Span<UInt8>) -> UInt64? {
        guard 1...19 ~= contentLength.count else { return nil }
        var value: UInt64 = 0
        for index in contentLength {
            guard ASCII.isDigit(bytes[index]) else { return nil }
            value = value * 10 + UInt64(bytes[index] - UInt8(ascii: "0"))
        }
        return value
    }
}

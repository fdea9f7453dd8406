import Bytes

/// Reads the chunked transfer coding (RFC 9112 §7.1). Extensions are bounded and ignored; trailers are read as strictly
/// as any field section, bounded, and dropped.
struct ChunkedDecoder: Sendable {
    enum Step {
        case needMore
        case body(ArraySlice<UInt8>)
        case end
    }

    /// `.size` → `.data` → `.dataEnd` → `.size`; after the chunk of size 0 `.trailers`.
    private enum State: Sendable {
        case size
        case data(UInt64)
        case dataEnd
        case trailers
    }

    private static let maximumLine = 256
    private static let maximumExtensions = 16 * 1024

    private var state = State.size
    private var total: UInt64 = 0
    private var extensions = 0
    private var trailers: FieldScanner
    private let trailerLimit: Int

    init(limits: HTTPLimits) {
        trailers = FieldScanner(start: 0, fieldCount: limits.fieldCount)
        trailerLimit = limits.fields / 4
    }

    /// `limit` bounds the content of all chunks together.
    mutating func next(_ input: inout ByteBuffer, limit: UInt64) throws(HTTPFault) -> Step {
        while true {
            switch state {
            case .size:
                guard let size = try readSize(&input) else { return .needMore }
                guard size <= limit, total <= limit - size else { throw .bodyTooLarge }
                total += size
                state = size == 0 ? .trailers : .data(size)
            case .data(let remaining):
                if input.isEmpty { return .needMore }
                let part = input.takeSlice(Int(min(remaining, UInt64(input.count))))
                let left = remaining - UInt64(part.count)
                state = left == 0 ? .dataEnd : .data(left)
                return .body(part)
            case .dataEnd:
                guard try readDataEnd(&input) else { return .needMore }
                state = .size
            case .trailers: return try readTrailers(&input) ? .end : .needMore
            }
        }
    }

    /// Reads `1*8HEXDIG [ ";" extension ] CR LF`.
    private mutating func readSize(_ input: inout ByteBuffer) throws(HTTPFault) -> UInt64? {
        let line = input.readable.prefix(ChunkedDecoder.maximumLine)
        guard let (size, lineCount, digits) = try ChunkedDecoder.size(line.span) else {
            if line.count == ChunkedDecoder.maximumLine { throw .badChunk }
            return nil
        }
        extensions += lineCount - digits - 2
        if extensions > ChunkedDecoder.maximumExtensions { throw .badChunk }
        input.consume(lineCount)
        return size
    }

    private static func size(_ bytes: Span<UInt8>) throws(HTTPFault) -> (size: UInt64, lineCount: Int, digits: Int)? {
        var size: UInt64 = 0
        var index = 0
        while index < bytes.count, let digit = Hex.value(bytes[index]) {
            guard index < 8 else { throw .badChunk }
            size = size << 4 | UInt64(digit)
            index += 1
        }
        let digits = index
        guard index < bytes.count else { return nil }
        guard digits > 0, bytes[index] == UInt8(ascii: "\r") || bytes[index] == UInt8(ascii: ";") else {
            throw .badChunk
        }
        while index < bytes.count, !FieldValue.isForbidden(bytes[index]) { index += 1 }
        guard index < bytes.count else { return nil }
        guard bytes[index] == UInt8(ascii: "\r") else { throw .badChunk }
        guard index + 1 < bytes.count else { return nil }
        guard bytes[index + 1] == UInt8(ascii: "\n") else { throw .badChunk }
        return (size, index + 2, digits)
    }

    private func readDataEnd(_ input: inout ByteBuffer) throws(HTTPFault) -> Bool {
        let end = input.readable.prefix(2)
        guard let first = end.first else { return false }
        guard first == UInt8(ascii: "\r") else { throw .badChunk }
        guard end.count == 2 else { return false }
        guard end.last == UInt8(ascii: "\n") else { throw .badChunk }
        input.consume(2)
        return true
    }

    private mutating func readTrailers(_ input: inout ByteBuffer) throws(HTTPFault) -> Bool {
        let end = try scanTrailers(input.readable)
        guard let end else { return false }
        input.consume(end)
        return true
    }

    private mutating func scanTrailers(_ readable: ArraySlice<UInt8>) throws(HTTPFault) -> Int? {
        let window = readable.prefix(trailerLimit)
        let end = try trailers.scan(window.span)
        if end == nil, readable.count >= trailerLimit { throw .headTooLarge }
        return end
    }
}

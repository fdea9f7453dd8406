public import Bytes

/// Reads the requests of one connection (RFC 9112), strictly: what two readers could understand differently is
/// refused. How the octets were cut into reads never changes the outcome.
///
/// Call `parse` until it says `.needMore`. Each call takes what it reports from the input; heads stay until complete.
public struct RequestParser: Sendable {
    public enum Event: Sendable, Equatable {
        /// All that can be said about the input is said.
        case needMore
        case head(RequestHead)
        /// A part of the content. It shares the buffer's memory: let it go before the next read.
        case body(ArraySlice<UInt8>)
        /// The request is complete. With keep-alive another may follow.
        case end
        /// Answer with the fault's status, close, and look at no further octet.
        case reject(HTTPFault)
        /// The last request of the connection has been read; what follows is ignored.
        case closed
    }

    /// `.line` → `.fields` → `.body` or `.chunked` or nothing → `.end` → `.line` or `.closed`; from all → `.rejected`.
    private enum State: Sendable {
        case line
        case fields(RequestLine)
        case body(UInt64)
        case chunked
        case end
        case closed
        case rejected(HTTPFault)
    }

    private let limits: HTTPLimits
    private var state = State.line
    private var scanner: FieldScanner
    private var chunks = ChunkedDecoder(limits: HTTPLimits())
    private var bodyLimit: UInt64
    private var keepAlive = true
    private var hasSkippedEmptyLine = false
    /// How much of an incomplete request line is known to hold no LF.
    private var searched = 0

    public init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        bodyLimit = limits.body
        scanner = FieldScanner(start: 0, fieldCount: limits.fieldCount)
    }

    /// Whether nothing of a request has been taken or judged that is not answered by `.end` yet.
    public var isBetweenRequests: Bool {
        if case .line = state { searched == 0 } else { false }
    }

    /// Bounds the content of the request at hand: a longer one ends in `.reject(.bodyTooLarge)`.
    public mutating func limitBody(to limit: UInt64) { bodyLimit = limit }

    public mutating func parse(_ input: inout ByteBuffer) -> Event {
        do {
            return try next(&input)
        } catch {
            state = .rejected(error)
            return .reject(error)
        }
    }

    private mutating func next(_ input: inout ByteBuffer) throws(HTTPFault) -> Event {
        switch state {
        case .line:
            guard try readRequestLine(&input) else { return .needMore }
            return try readFields(&input)
        case .fields: return try readFields(&input)
        case .body(let remaining): return try readBody(&input, remaining)
        case .chunked: return try readChunks(&input)
        case .end:
            state = keepAlive ? .line : .closed
            return .end
        case .closed: return .closed
        case .rejected(let fault): throw fault
        }
    }

    // MARK: Head

    private mutating func readRequestLine(_ input: inout ByteBuffer) throws(HTTPFault) -> Bool {
        guard let first = input.readable.first else { return false }
        if !ByteSet.token.contains(first) {
            guard try skipEmptyLine(&input, first) else { return false }
            return try readRequestLine(&input)
        }
        let readable = input.readable
        let bytes = readable.span
        let window = min(bytes.count, limits.line)
        guard let lineFeed = Word.firstIndex(of: UInt8(ascii: "\n"), in: bytes, from: searched, to: window) else {
            if bytes.count >= limits.line { throw .targetTooLong }
            searched = window
            return false
        }
        let line = try RequestLine(bytes, lineFeed: lineFeed, encodedSlash: limits.encodedSlash)
        searched = 0
        hasSkippedEmptyLine = false
        scanner = FieldScanner(start: line.end, fieldCount: limits.fieldCount)
        state = .fields(line)
        return true
    }

    /// One empty line before a request is tolerated (RFC 9112 §2.2). False while it has not come whole.
    private mutating func skipEmptyLine(_ input: inout ByteBuffer, _ first: UInt8) throws(HTTPFault) -> Bool {
        if first == UInt8(ascii: "\n") { throw .badLineEnding }
        guard first == UInt8(ascii: "\r"), !hasSkippedEmptyLine else { throw .malformedRequestLine }
        guard input.count >= 2 else { return false }
        guard input.readable.dropFirst().first == UInt8(ascii: "\n") else { throw .badLineEnding }
        input.consume(2)
        hasSkippedEmptyLine = true
        return true
    }

    private mutating func readFields(_ input: inout ByteBuffer) throws(HTTPFault) -> Event {
        guard case .fields(let line) = state else { return .needMore }
        guard let end = try scanFields(input.readable, limit: line.end + limits.fields) else { return .needMore }
        let head = try RequestHead(line, taking: input.take(end), scanner.takeSlots())
        keepAlive = head.keepAlive
        bodyLimit = limits.body
        switch head.framing {
        case .length(let count) where count > 0: state = .body(count)
        case .chunked:
            chunks = ChunkedDecoder(limits: limits)
            state = .chunked
        default: state = .end
        }
        return .head(head)
    }

    private mutating func scanFields(_ readable: ArraySlice<UInt8>, limit: Int) throws(HTTPFault) -> Int? {
        let window = readable.prefix(limit)
        let end = try scanner.scan(window.span)
        if end == nil, readable.count >= limit { throw .headTooLarge }
        return end
    }

    // MARK: Content

    private mutating func readBody(_ input: inout ByteBuffer, _ remaining: UInt64) throws(HTTPFault) -> Event {
        guard remaining <= bodyLimit else { throw .bodyTooLarge }
        if input.isEmpty { return .needMore }
        let part = input.takeSlice(Int(min(remaining, UInt64(input.count))))
        let left = remaining - UInt64(part.count)
        bodyLimit -= UInt64(part.count)
        state = left == 0 ? .end : .body(left)
        return .body(part)
    }

    private mutating func readChunks(_ input: inout ByteBuffer) throws(HTTPFault) -> Event {
        switch try chunks.next(&input, limit: bodyLimit) {
        case .needMore: return .needMore
        case .body(let part): return .body(part)
        case .end:
            state = .end
            return try next(&input)
        }
    }
}

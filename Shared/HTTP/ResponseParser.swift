public import Bytes

/// Reads the responses of one connection (RFC 9112), as strictly as `RequestParser` reads requests.
///
/// Call `begin` for each request sent, then `parse` until `.needMore`, and `endOfInput` when the peer has closed.
public struct ResponseParser: Sendable {
    public enum Event: Sendable, Equatable {
        /// All that can be said about the input is said.
        case needMore
        /// A 1xx response other than 101; the final one follows.
        case interim(ResponseHead)
        /// 101: what is left in the input, and all that follows, belongs to the other protocol.
        case upgraded(ResponseHead)
        case head(ResponseHead)
        /// A part of the content. It shares the buffer's memory: let it go before the next read.
        case body(ArraySlice<UInt8>)
        /// The response is complete. Ask `isReusable` about the connection.
        case end
        /// The response, or the rest of it, is unusable, and so is the connection.
        case fault(HTTPFault)
    }

    /// What the end of the connection means for the response at hand.
    public enum Ending: Hashable, Sendable {
        /// Nothing is missing.
        case complete
        /// The response ends before its end.
        case truncated
    }

    /// `.idle` → `.line` → `.fields` → `.line` (interim), `.upgraded`, or a body state → `.end` → `.idle`.
    private enum State: Sendable {
        case idle
        case line
        case fields(StatusLine)
        case body(UInt64)
        case chunked
        case untilClose
        case end
        case upgraded
        case failed(HTTPFault)
    }

    private static let maximumInterim = 16

    private let limits: HTTPLimits
    private var state = State.idle
    private var method = HTTPMethod.get
    private var allowsUpgrade = false
    private var interimCount = 0
    private var scanner: FieldScanner
    private var chunks = ChunkedDecoder(limits: HTTPLimits())
    private var bodyLimit: UInt64
    private var keepAlive = true
    private var searched = 0

    public init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        bodyLimit = limits.body
        scanner = FieldScanner(start: 0, fieldCount: limits.fieldCount)
    }

    /// A request of this method has been sent; its response comes next. `allowsUpgrade`: it asked for another protocol.
    public mutating func begin(_ method: HTTPMethod, allowsUpgrade: Bool = false) {
        guard case .idle = state, keepAlive else { return }
        self.method = method
        self.allowsUpgrade = allowsUpgrade
        interimCount = 0
        state = .line
    }

    /// Bounds the content of the response at hand: a longer one ends in `.fault(.bodyTooLarge)`.
    public mutating func limitBody(to limit: UInt64) { bodyLimit = limit }

    /// Whether another request may be sent: the last response is complete, nothing follows it, and both sides keep on.
    public func isReusable(_ input: ByteBuffer) -> Bool {
        guard case .idle = state else { return false }
        return keepAlive && input.isEmpty
    }

    /// The peer has closed and all of the input has been parsed.
    public mutating func endOfInput() -> Ending {
        keepAlive = false
        switch state {
        case .idle, .end, .upgraded: return .complete
        case .untilClose:
            state = .idle
            return .complete
        case .failed: return .truncated
        case .line, .fields, .body, .chunked:
            state = .failed(.truncated)
            return .truncated
        }
    }

    public mutating func parse(_ input: inout ByteBuffer) -> Event {
        do {
            return try next(&input)
        } catch {
            state = .failed(error)
            return .fault(error)
        }
    }

    private mutating func next(_ input: inout ByteBuffer) throws(HTTPFault) -> Event {
        switch state {
        case .idle:
            // Octets that nobody asked for could be taken for the answer to the next request.
            guard input.isEmpty else { throw .conflictingFraming }
            return .needMore
        case .line:
            guard try readStatusLine(input.readable) else { return .needMore }
            return try readFields(&input)
        case .fields: return try readFields(&input)
        case .body(let remaining): return try readBody(&input, remaining)
        case .chunked: return try readChunks(&input)
        case .untilClose: return try readUntilClose(&input)
        case .end:
            state = .idle
            return .end
        case .upgraded: return .needMore
        case .failed(let fault): throw fault
        }
    }

    // MARK: Head

    private mutating func readStatusLine(_ readable: ArraySlice<UInt8>) throws(HTTPFault) -> Bool {
        let bytes = readable.span
        let prefix: StaticString = "HTTP/"
        let known = min(bytes.count, prefix.utf8CodeUnitCount)
        guard prefix.begins(with: bytes, count: known) else { throw .malformedStatusLine }
        let window = min(bytes.count, limits.line)
        guard let lineFeed = Word.firstIndex(of: UInt8(ascii: "\n"), in: bytes, from: searched, to: window) else {
            if bytes.count >= limits.line { throw .headTooLarge }
            searched = window
            return false
        }
        searched = 0
        let line = try StatusLine(bytes, lineFeed: lineFeed)
        scanner = FieldScanner(start: line.end, fieldCount: limits.fieldCount)
        state = .fields(line)
        return true
    }

    private mutating func readFields(_ input: inout ByteBuffer) throws(HTTPFault) -> Event {
        guard case .fields(let line) = state else { return .needMore }
        guard let end = try scanFields(input.readable, limit: line.end + limits.fields) else { return .needMore }
        let head = try ResponseHead(line, taking: input.take(end), scanner.takeSlots(), answering: method)
        if line.status < 200 { return try interim(head) }
        keepAlive = head.keepAlive
        bodyLimit = limits.body
        state = bodyState(head.framing)
        return .head(head)
    }

    private mutating func scanFields(_ readable: ArraySlice<UInt8>, limit: Int) throws(HTTPFault) -> Int? {
        let window = readable.prefix(limit)
        let end = try scanner.scan(window.span)
        if end == nil, readable.count >= limit { throw .headTooLarge }
        return end
    }

    private mutating func interim(_ head: ResponseHead) throws(HTTPFault) -> Event {
        if head.status == 101 {
            guard allowsUpgrade else { throw .unexpectedUpgrade }
            keepAlive = false
            state = .upgraded
            return .upgraded(head)
        }
        interimCount += 1
        guard interimCount <= ResponseParser.maximumInterim else { throw .tooManyInterimResponses }
        state = .line
        return .interim(head)
    }

    private mutating func bodyState(_ framing: BodyFraming) -> State {
        switch framing {
        case .none, .length(0): return .end
        case .length(let count): return .body(count)
        case .untilClose: return .untilClose
        case .chunked:
            chunks = ChunkedDecoder(limits: limits)
            return .chunked
        }
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

    private mutating func readUntilClose(_ input: inout ByteBuffer) throws(HTTPFault) -> Event {
        if input.isEmpty { return .needMore }
        guard bodyLimit > 0 else { throw .bodyTooLarge }
        let part = input.takeSlice(Int(min(bodyLimit, UInt64(input.count))))
        bodyLimit -= UInt64(part.count)
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

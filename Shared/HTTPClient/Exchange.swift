public import HTTP
internal import Platform

/// One request and its response on one connection. One task writes the request's body while another one, or the same
/// one afterwards, reads the response. Letting go of it before its end closes the connection.
///
/// A response may come before the request is complete; then the rest of the request is not wanted, and the connection
/// ends with the response.
public final class Exchange {
    private let client: HTTPClient
    private let request: ClientRequest
    private let deadlines: ExchangeDeadlines
    /// Nil when the exchange is over.
    private var connection: HTTPConnection?
    private var progress: ExchangeProgress
    private var failure: HTTPClientError?
    private var total: Deadline?
    private var totalEnd = Instant(nanoseconds: .max)
    /// When the head of the response must have come; nil until the request is complete.
    private var headEnd: Instant?
    private var sentBefore: UInt64 = 0
    /// The connection had served others before.
    private var wasKept = false
    private var repeated = false
    /// An octet of the response has come.
    private var answered = false

    /// Unsent octets at which a writer waits.
    private static let writeMark = 64 * 1024

    /// `until`: when it is given up whatever has come.
    init(
        _ client: HTTPClient, _ request: ClientRequest, _ deadlines: ExchangeDeadlines, _ connection: HTTPConnection,
        until: Instant?
    ) {
        self.client = client
        self.request = request
        self.deadlines = deadlines
        progress = ExchangeProgress(request.head.framing)
        if let until {
            total = Deadline(client.loop) { [unowned self] in self.fail(.timedOut) }
            totalEnd = until
        }
        begin(connection)
    }

    deinit {
        total?.disarm()
        if let connection {
            connection.transport.close()
            client.discard(connection.id)
        }
    }

    private func begin(_ connection: HTTPConnection) {
        self.connection = connection
        headEnd = nil
        wasKept = connection.uses > 0
        connection.uses += 1
        sentBefore = connection.transport.octetsSent
        connection.transport.writeTimeout = deadlines.idle
        total?.arm(totalEnd)
        connection.parser.begin(request.head.method)
        connection.transport.write { Serializer.append(request.head, to: &$0) }
    }

    /// Whether octets of the request have left.
    private var hasSent: Bool { connection.map { $0.transport.octetsSent > sentBefore } ?? true }

    // MARK: Request

    /// Writes a piece of the body and waits until little is unsent. `.notWanted` and `.connectionClosed` do not end
    /// the exchange: the response may say why.
    public func write(_ piece: ArraySlice<UInt8>) async throws(HTTPClientError) {
        let transport = try writableTransport()
        switch progress.write(piece.count) {
        case .plain: transport.write { $0.append(contentsOf: piece) }
        case .chunk: transport.write { Serializer.appendChunk(piece, to: &$0) }
        case .mismatch: throw fail(.bodyMismatch)
        }
        do throws(StreamError) {
            try await transport.drain(below: Self.writeMark)
        } catch {
            throw writeError(error)
        }
    }

    /// Ends the request's body; from now on the response has `firstByte` to begin.
    public func finish() throws(HTTPClientError) {
        let transport = try writableTransport()
        guard let needsLastChunk = progress.finish() else { throw fail(.bodyMismatch) }
        if needsLastChunk { transport.write { Serializer.appendLastChunk(to: &$0) } }
        if !progress.headHasCome { transport.readDeadline = headDeadline() }
    }

    /// The same for the whole head and for interim responses before it, however slowly they drip.
    private func headDeadline() -> Instant? {
        guard progress.requestIsWritten else { return nil }
        let end = headEnd ?? client.loop.now + deadlines.firstByte
        headEnd = end
        return end
    }

    private func writableTransport() throws(HTTPClientError) -> any Transport {
        if let failure { throw failure }
        guard let connection, !progress.responseIsComplete else {
            throw HTTPClientError(.send, .notWanted, sent: true)
        }
        return connection.transport
    }

    private func writeError(_ error: StreamError) -> HTTPClientError {
        if let failure { return failure }
        if error == .timedOut { return fail(.timedOut) }
        if progress.responseIsComplete { return HTTPClientError(.send, .notWanted, sent: true) }
        return HTTPClientError(.send, .connectionClosed, sent: hasSent, "\(error)")
    }

    // MARK: Response

    /// The head of the response; interim ones (1xx) are skipped. A safe request without body is sent once more when a
    /// kept connection ends without a word (RFC 9112 section 9.3.1).
    public func response() async throws(HTTPClientError) -> ResponseHead {
        while true {
            do throws(HTTPClientError) {
                return try await readHead()
            } catch {
                guard mayRepeat(error) else { throw error }
                try await restart()
            }
        }
    }

    /// Bounds the response's body: a longer one fails with `.tooLarge`. Call it after the head has come.
    public func limitBody(to limit: UInt64) { connection?.parser.limitBody(to: limit) }

    /// The next piece of the response's body as it came, nil when it is complete.
    public func nextBody() async throws(HTTPClientError) -> ArraySlice<UInt8>? {
        while true {
            if let failure { throw failure }
            guard let connection else { return nil }
            switch connection.parser.parse(&connection.input) {
            case .body(let piece): return piece
            case .end:
                complete(connection)
                return nil
            case .needMore: try await readMoreBody(connection)
            case .head, .interim, .upgraded: throw fail(.invalidResponse)
            case .fault(let fault): throw fail(fault)
            }
        }
    }

    private func readHead() async throws(HTTPClientError) -> ResponseHead {
        while true {
            if let failure { throw failure }
            guard let connection else { throw HTTPClientError(.response, .cancelled, sent: true) }
            switch connection.parser.parse(&connection.input) {
            case .head(let head):
                progress.headCame()
                connection.transport.readDeadline = nil
                return head
            case .interim: continue
            case .needMore:
                if try await fill(connection, until: { self.headDeadline() }) == 0 {
                    throw fail(.connectionClosed)
                }
                answered = true
            case .body, .end, .upgraded: throw fail(.invalidResponse)
            case .fault(let fault): throw fail(fault)
            }
        }
    }

    private func readMoreBody(_ connection: HTTPConnection) async throws(HTTPClientError) {
        guard try await fill(connection, until: { self.client.loop.now + self.deadlines.idle }) == 0 else { return }
        guard connection.parser.endOfInput() == .complete else { throw fail(.connectionClosed) }
        complete(connection)
    }

    /// Reads once; 0 means that the peer will send no more.
    private func fill(
        _ connection: HTTPConnection, until deadline: () -> Instant?
    ) async throws(HTTPClientError) -> Int {
        let transport = connection.transport
        do throws(StreamError) {
            while true {
                if let count = try transport.tryRead(into: &connection.input, upTo: .max) { return count }
                transport.readDeadline = deadline()
                try await transport.waitReadable()
                // Only waiting is limited: whoever takes the pieces may be slower than the peer.
                transport.readDeadline = nil
            }
        } catch {
            throw failure ?? fail(error == .timedOut ? .timedOut : .connectionClosed, "\(error)")
        }
    }

    // MARK: The end

    /// Gives up: the connection is closed and whoever waits hears `.cancelled`.
    public func cancel() { fail(.cancelled) }

    private func complete(_ connection: HTTPConnection) {
        progress.responseEnded()
        total?.disarm()
        self.connection = nil
        connection.transport.readDeadline = nil
        // What has not left of this request would stand before the next one.
        let isIntact =
            !connection.peerHasClosed && !connection.transport.isClosed && connection.transport.unsent == 0
        if progress.requestIsWritten, connection.parser.isReusable(connection.input), isIntact {
            client.release(connection)
        } else {
            connection.transport.close()
            client.discard(connection.id)
        }
    }

    @discardableResult
    private func fail(_ kind: HTTPClientError.Kind, _ detail: String = "") -> HTTPClientError {
        if let failure { return failure }
        let phase: HTTPClientError.Phase =
            progress.headHasCome ? .body : progress.requestIsWritten ? .response : .send
        let error = HTTPClientError(phase, kind, sent: hasSent, detail)
        guard !progress.responseIsComplete else { return error }
        failure = error
        total?.disarm()
        if let connection {
            self.connection = nil
            connection.transport.close()
            client.discard(connection.id)
        }
        return error
    }

    private func fail(_ fault: HTTPFault) -> HTTPClientError {
        let isSize = fault == .headTooLarge || fault == .tooManyFields || fault == .bodyTooLarge
        return fail(isSize ? .tooLarge : .invalidResponse, fault.reason)
    }

    // MARK: Repeating

    private func mayRepeat(_ error: HTTPClientError) -> Bool {
        guard error.kind == .connectionClosed, !repeated, !answered, wasKept else { return false }
        return request.isRepeatable || !error.sent && request.head.framing == .none
    }

    private func restart() async throws(HTTPClientError) {
        repeated = true
        failure = nil
        let next = try await client.connection(to: request.origin, fresh: true, timeout: deadlines.connect)
        if let failure {
            client.release(next)
            throw failure
        }
        begin(next)
    }
}

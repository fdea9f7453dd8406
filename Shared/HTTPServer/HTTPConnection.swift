internal import Bytes
internal import HTTP
internal import Platform

/// One connection with a client: reads a request, has it answered, reads the next (RFC 9112 §9.3). Requests that came
/// together are answered in their order, because there is one task and it does one thing after the other.
///
/// Lives on a loop; everything it does is done by `run()` and by what a handler calls meanwhile.
///
/// Not an actor, because a request comes here a dozen times and every time the runtime would look up the executor.
/// Unchecked: `run()` is a task of the loop, and a handler runs in it; the server, an actor of the same loop, calls the
/// rest.
final class HTTPConnection: @unchecked Sendable {
    let loop: Loop
    let limits: HTTPServerLimits
    let stream: SocketStream
    private let client: HTTPClientAddress
    private let handler: any HTTPHandler
    private let server: HTTPServer
    let clock: HTTPClock

    private var parser: RequestParser
    private var input = ByteBuffer()
    private var lastExchange: UInt64 = 0
    /// The exchange under way, and the last one until the next begins.
    var exchange = Exchange()
    private var isIdle = true
    /// Since when it waits for a request, or for more of its head; nil while its last answer has not left.
    var waitsSince: Instant? { stream.unsent == 0 ? beganToWait : nil }
    private var beganToWait: Instant?
    var isDraining = false
    /// The client has hung up.
    var peerIsGone = false
    /// The client sends no more: it may have hung up.
    private var peerHasFinished = false
    /// Ends the wait for content that pauses.
    private var bodyTimer: Deadline?

    init(
        _ server: HTTPServer, _ descriptor: consuming FileDescriptor, _ client: HTTPClientAddress, clock: HTTPClock
    ) throws(SystemError) {
        self.server = server
        self.client = client
        self.clock = clock
        loop = server.loop
        limits = server.limits
        handler = server.handler
        parser = RequestParser(limits: limits.http)
        stream = try SocketStream(loop, adopting: descriptor)
        stream.writeTimeout = limits.write
        beganToWait = loop.now
        stream.onPeerClosed = { [weak self] in self?.clientFinished() }
        stream.onPeerLost = { [weak self] in self?.clientLeft() }
    }

    /// Serves the connection to its end.
    func run() async {
        while await serveNext() {}
        stream.close()
    }

    /// Answers one request; false when the connection is over.
    private func serveNext() async -> Bool {
        isIdle = input.isEmpty
        let head: RequestHead
        switch await nextHead() {
        case .head(let next): head = next
        case .fault(let fault):
            await reject(fault)
            return false
        case .over:
            // The last answer may not have left yet.
            try? await stream.drain()
            return false
        }
        isIdle = false
        begin(head)
        let request = HTTPRequest(head: head, client: client, connection: self, exchange: lastExchange)
        await handler.handle(request, HTTPResponder(connection: self, exchange: lastExchange))
        return await end()
    }

    // MARK: Heads

    private enum Arrival {
        case head(RequestHead)
        case fault(HTTPFault)
        case over
    }

    private func nextHead() async -> Arrival {
        var began = !input.isEmpty || lastExchange == 0
        stream.isPatient = !began
        let limit = began ? (isDraining ? limits.linger : limits.head) : server.idleLimit
        stream.readDeadline = loop.now + limit
        beganToWait = loop.now
        defer {
            stream.readDeadline = nil
            beganToWait = nil
        }
        while true {
            switch parser.parse(&input) {
            case .head(let head): return .head(head)
            case .reject(let fault): return .fault(fault)
            case .closed: return .over
            case .needMore, .body, .end: break
            }
            if !began, !input.isEmpty {
                began = true
                stream.isPatient = false
                isIdle = false
                beganToWait = loop.now
                stream.readDeadline = loop.now + limits.head
            }
            guard let count = try? await receive(), count > 0 else { return .over }
        }
    }

    /// Reads what is there, or waits for it; 0 means that the client sends no more, or that nobody wants it.
    private func receive() async throws(StreamError) -> Int {
        while true {
            if isDismissed { return 0 }
            if let count = try stream.tryRead(into: &input, upTo: 32 * 1024) { return count }
            try await stream.waitReadable()
            if exchange.bodyFault != nil { return 0 }
        }
    }

    private func begin(_ head: RequestHead) {
        lastExchange += 1
        exchange = Exchange(lastExchange, head)
        // Without content the end is already there.
        if !head.hasContent { _ = parser.parse(&input) }
    }

    /// Closes what the handler left open; false when the connection is over.
    private func end() async -> Bool {
        guard exchange.progress.isFinished else {
            stream.reset()
            return false
        }
        exchange.gone = nil
        guard exchange.keepsAlive, !isDraining, await passOverBody() else {
            await linger()
            return false
        }
        // A client that sends requests without reading answers waits here, and one that is always ahead lets others go
        // first.
        guard (try? await stream.drain(below: 64 * 1024)) != nil else { return false }
        if !input.isEmpty { await loop.nextTurn() }
        return true
    }

    // MARK: Content

    func limitBody(to limit: UInt64, _ id: UInt64) {
        if exchange.id == id { parser.limitBody(to: limit) }
    }

    func readBody(_ id: UInt64) async throws(HTTPBodyError) -> ArraySlice<UInt8>? {
        guard exchange.id == id else { throw .closed }
        guard !exchange.bodyHasEnded else { return nil }
        if let fault = exchange.bodyFault { throw fault }
        sendContinue()
        do throws(HTTPBodyError) { return try await nextPiece() } catch {
            exchange.bodyFault = error
            exchange.keepsAlive = false
            throw error
        }
    }

    private func nextPiece() async throws(HTTPBodyError) -> ArraySlice<UInt8>? {
        while true {
            switch parser.parse(&input) {
            case .body(let piece): return piece
            case .end, .closed:
                exchange.bodyHasEnded = true
                return nil
            case .reject(.bodyTooLarge): throw .tooLarge
            case .reject(let fault): throw .malformed(fault)
            case .needMore, .head: try await readMore()
            }
        }
    }

    private func readMore() async throws(HTTPBodyError) {
        let start = loop.now
        let timer = bodyTimer ?? Deadline(loop) { [weak self] in self?.bodyIsLate() }
        bodyTimer = timer
        timer.arm(after: limits.bodyIdle)
        defer { timer.disarm() }
        let count: Int
        do throws(StreamError) { count = try await receive() } catch { throw .closed }
        if let fault = exchange.bodyFault { throw fault }
        if count == 0 {
            // Content that is cut is no request, so there is nothing to wait for.
            clientLeft()
            throw .closed
        }
        guard exchange.pace.note(count, after: loop.now - start, limit: limits.bodyPace) else { throw .timedOut }
    }

    /// The connection stays, so that the client can be told.
    private func bodyIsLate() {
        exchange.bodyFault = .timedOut
        stream.interruptReading()
    }

    /// Nobody wants the rest of the content: whoever waits for it hears that it is closed.
    func abandonBody(_ id: UInt64) {
        guard exchange.id == id, !exchange.bodyHasEnded, exchange.bodyFault == nil else { return }
        exchange.keepsAlive = false
        exchange.bodyFault = .closed
        stream.interruptReading()
    }

    private func sendContinue() {
        guard exchange.awaitsContinue else { return }
        exchange.awaitsContinue = false
        if exchange.framing == nil { stream.write { Serializer.appendContinue(to: &$0) } }
    }

    /// Reads what the handler did not want, so that the next request can be found; false when that is too much.
    private func passOverBody() async -> Bool {
        var passed = 0
        while !exchange.bodyHasEnded {
            guard exchange.bodyFault == nil, passed <= limits.unreadBody,
                let piece = try? await readBody(exchange.id)
            else { return exchange.bodyHasEnded }
            passed += piece.count
        }
        return true
    }

    // MARK: The other side

    func onAbort(_ gone: @escaping @Sendable () -> Void, _ id: UInt64) {
        guard exchange.id == id, !exchange.progress.isFinished else { return }
        if peerIsGone { return gone() }
        exchange.gone = gone
        if peerHasFinished { probe() }
    }

    /// Who closes its direction has hung up, or has only said all it has to say and waits for the answer. Both look the
    /// same until something is sent; so before an answer an interim one asks. While the answer is coming nobody has a
    /// reason to close half.
    private func clientFinished() {
        peerHasFinished = true
        guard exchange.gone != nil else { return }
        if exchange.framing == nil { probe() } else if exchange.bodyHasEnded { clientLeft() }
    }

    /// Sends what every client passes over (RFC 9110 §15.2); from one that has hung up it brings a reset.
    private func probe() {
        guard exchange.version == .http11, exchange.framing == nil else { return }
        stream.write { Serializer.appendContinue(to: &$0) }
    }

    private func clientLeft() {
        peerIsGone = true
        let gone = exchange.gone
        exchange.gone = nil
        gone?()
    }

    // MARK: Ending

    private func reject(_ fault: HTTPFault) async {
        exchange = Exchange(rejected: lastExchange + 1)
        send(handler.rejection(fault, from: client), exchange.id)
        await linger()
    }

    /// Sends the rest, says that nothing more comes, and listens on for a moment: a connection closed on unread
    /// octets is reset, and a reset can take the answer away before the client has read it.
    private func linger() async {
        guard (try? await stream.drain()) != nil else { return }
        stream.closeWriting()
        stream.readDeadline = loop.now + limits.linger
        var rest = ByteBuffer()
        while let count = try? await stream.read(into: &rest), count > 0 {
            rest.consume(count)
            await loop.nextTurn()
        }
    }

    /// Nothing more is wanted of an idle connection, but for one that has just come: its request is on the way.
    private var isDismissed: Bool { isDraining && isIdle && lastExchange > 0 }

    /// Lets the exchange under way be the last one. An idle connection is over when its last answer has left.
    func drain() {
        isDraining = true
        exchange.keepsAlive = false
        guard isIdle else { return }
        if lastExchange == 0 { stream.readDeadline = loop.now + limits.linger } else { stream.interruptReading() }
    }

    /// Another connection needs the place.
    func makeRoom() {
        beganToWait = nil
        stream.close()
    }

    /// Ends it whatever is under way.
    func kill() { stream.reset() }
}

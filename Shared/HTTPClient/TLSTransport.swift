internal import Bytes
internal import CCurl
internal import Glibc
internal import Platform

/// The octets of one TLS record on their way out, at an address that does not move: OpenSSL wants a write that would
/// have blocked repeated with the very same buffer.
@safe final class TLSRecord {
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: TLSTransport.recordSize, alignment: 16)
    private(set) var count = 0

    deinit { unsafe buffer.deallocate() }

    func fill(_ octets: ArraySlice<UInt8>) {
        count = unsafe min(octets.count, buffer.count)
        unsafe buffer.copyBytes(from: octets.prefix(count))
    }

    /// Sends it whole or not at all.
    func send(through easy: OpaquePointer) -> CURLcode {
        var sent = 0
        let code = unsafe curl_easy_send(easy, buffer.baseAddress, count, &sent)
        return code == CURLE_OK && sent != count ? CURLE_SEND_ERROR : code
    }
}

/// A TLS connection that libcurl has made and verified and keeps: our octets go through `curl_easy_send` and
/// `curl_easy_recv`. Its descriptor is watched through a duplicate, so that nothing else can get its number.
@safe final class TLSTransport: Transport, EndOfTurn {
    /// The largest plaintext of a record (RFC 8446 section 5.1).
    static let recordSize = 16384

    private let connector: Connector
    private var handle: ConnectHandle?
    private var descriptor: FileDescriptor?
    private var watch: Watch?
    private var failure: StreamError?

    private var readable = true
    private var reader: UnsafeContinuation<Void, Never>?
    private var readTimer: Deadline?

    private var writable = true
    private var writeFailure: StreamError?
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var record: TLSRecord?
    private var flushRequested = false
    private var drainGoal = 0
    private var drainer: UnsafeContinuation<Void, Never>?
    private var writeTimer: Deadline?

    private(set) var octetsSent: UInt64 = 0
    var writeTimeout: Duration = .seconds(30)
    var onPeerClosed: (() -> Void)?

    init(_ handle: ConnectHandle) throws(SystemError) {
        connector = handle.connector
        let descriptor = try FileDescriptor(duplicating: unsafe cloakroom_curl_socket(handle.easy))
        let raw = descriptor.rawValue
        self.handle = handle
        self.descriptor = consume descriptor
        watch = try Watch(connector.loop, descriptor: raw) { [unowned self] in self.handle($0) }
        // The first call gives the connection to this handle; until then libcurl may drop it.
        // A server that ends, or speaks before it is asked, is of no use.
        if receive(Self.recordSize).0 != CURLE_AGAIN { fail(.closed) }
    }

    deinit { close() }

    var isClosed: Bool { failure != nil }

    var unsent: Int { outgoing.count - sent }

    // MARK: Events

    private func handle(_ readiness: Readiness) {
        // Either direction may wait for the other one inside TLS.
        readable = true
        writable = true
        if unsent > 0 { flush() }
        if !readiness.isDisjoint(with: [.peerClosed, .hangup, .error]) { peerClosed() }
        wakeReader()
    }

    private func peerClosed() {
        let told = onPeerClosed
        onPeerClosed = nil
        told?()
    }

    private func wakeReader() {
        guard let waiting = unsafe reader else { return }
        unsafe reader = nil
        unsafe waiting.resume()
    }

    private func wakeDrainer() {
        guard failure != nil || writeFailure != nil || unsent <= drainGoal, let waiting = unsafe drainer else { return }
        unsafe drainer = nil
        unsafe waiting.resume()
    }

    // MARK: Reading

    var readDeadline: Instant? {
        didSet {
            guard let readDeadline else { return readTimer?.disarm() ?? () }
            if readTimer == nil { readTimer = Deadline(connector.loop) { [unowned self] in self.fail(.timedOut) } }
            readTimer?.arm(readDeadline)
        }
    }

    func tryRead(into buffer: inout ByteBuffer, upTo limit: Int) throws(StreamError) -> Int? {
        if let failure { throw failure }
        guard readable else { return nil }
        let (code, count) = receive(min(limit, Self.recordSize))
        switch code {
        case CURLE_OK where count > 0 || endedProperly:
            buffer.append(contentsOf: connector.scratch[..<count])
            return count
        case CURLE_AGAIN:
            // Only now is everything read: a record that is half decrypted makes the socket no more readable.
            readable = false
            return nil
        default:
            let error = StreamError.system(SystemError(ECONNRESET, call: "curl_easy_recv"))
            fail(error)
            throw error
        }
    }

    private var endedProperly: Bool {
        guard let handle else { return false }
        return unsafe cloakroom_curl_ended_properly(handle.easy) != 0
    }

    private func receive(_ limit: Int) -> (CURLcode, Int) {
        guard let handle else { return (CURLE_RECV_ERROR, 0) }
        var count = 0
        let code = unsafe connector.scratch.withUnsafeMutableBytes {
            unsafe curl_easy_recv(handle.easy, $0.baseAddress, limit, &count)
        }
        return (code, count)
    }

    func isQuiet() -> Bool { failure == nil && receive(Self.recordSize).0 == CURLE_AGAIN }

    func waitReadable() async throws(StreamError) {
        if let failure { throw failure }
        if readable { return }
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            unsafe reader = continuation
            // Outside an actor the task may get here a turn after it looked.
            if readable || failure != nil { wakeReader() }
        }
        if let failure { throw failure }
    }

    // MARK: Writing

    func write(_ append: (inout [UInt8]) -> Void) {
        guard failure == nil, writeFailure == nil else { return }
        append(&outgoing)
        guard !flushRequested else { return }
        flushRequested = true
        connector.loop.atEndOfTurn(self)
    }

    func endOfTurn() {
        flushRequested = false
        flush()
    }

    func drain(below goal: Int) async throws(StreamError) {
        flush()
        if let failure = failure ?? writeFailure { throw failure }
        if unsent <= goal { return }
        letGoOfDrainer()
        drainGoal = goal
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            unsafe drainer = continuation
            wakeDrainer()
        }
        if let failure = failure ?? writeFailure { throw failure }
    }

    /// Only one waits: whoever did before looks again.
    private func letGoOfDrainer() {
        guard let waiting = unsafe drainer else { return }
        unsafe drainer = nil
        unsafe waiting.resume()
    }

    private func flush() {
        guard failure == nil, writeFailure == nil, let handle else { return }
        let before = octetsSent
        while writable, unsent > 0 {
            let record = nextRecord()
            switch unsafe record.send(through: handle.easy) {
            case CURLE_OK: finish(record)
            case CURLE_AGAIN: writable = false
            default: failWriting(.system(SystemError(EPIPE, call: "curl_easy_send")))
            }
            if writeFailure != nil { return }
        }
        afterFlush(hasProgressed: octetsSent > before)
    }

    private func nextRecord() -> TLSRecord {
        if let record { return record }
        let next = connector.spareRecords.popLast() ?? TLSRecord()
        next.fill(outgoing[sent...])
        record = next
        return next
    }

    private func finish(_ record: TLSRecord) {
        sent += record.count
        octetsSent += UInt64(record.count)
        self.record = nil
        if connector.spareRecords.count < 16 { connector.spareRecords.append(record) }
    }

    private func afterFlush(hasProgressed: Bool) {
        if unsent == 0 {
            outgoing.removeAll(keepingCapacity: outgoing.capacity <= 4096)
            sent = 0
            writeTimer?.disarm()
        } else {
            if sent > 4 * Self.recordSize {
                outgoing.removeSubrange(..<sent)
                sent = 0
            }
            if writeTimer == nil { writeTimer = Deadline(connector.loop) { [unowned self] in self.fail(.timedOut) } }
            if hasProgressed || writeTimer?.isArmed != true { writeTimer?.arm(after: writeTimeout) }
        }
        wakeDrainer()
    }

    /// The peer takes no more; what it said before can still be read.
    private func failWriting(_ error: StreamError) {
        writeFailure = error
        outgoing = []
        sent = 0
        record = nil
        writeTimer?.disarm()
        readable = true
        wakeDrainer()
        peerClosed()
        wakeReader()
    }

    // MARK: Closing

    func close() { fail(.closed) }

    private func fail(_ error: StreamError) {
        guard failure == nil else { return }
        failure = error
        watch?.cancel()
        watch = nil
        descriptor = nil
        handle = nil
        readTimer?.disarm()
        writeTimer?.disarm()
        outgoing = []
        sent = 0
        wakeReader()
        wakeDrainer()
        let told = onPeerClosed
        onPeerClosed = nil
        if error != .closed { told?() }
    }
}

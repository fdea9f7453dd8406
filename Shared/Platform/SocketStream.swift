public import Bytes
import Glibc

/// Why a stream ended early.
public enum StreamError: Error, Equatable {
    /// A deadline passed: nothing came, or nothing could be sent, for too long.
    case timedOut
    /// This side closed it.
    case closed
    /// The peer reset it, or the network did.
    case system(SystemError)
}

/// A connected stream socket on a loop: reads wait, writes are buffered and leave once a turn. For one loop's thread
/// and one task at a time per direction. It keeps memory only for bytes that are still to be sent.
@safe public final class SocketStream: EndOfTurn {
    public let loop: Loop
    private var descriptor: FileDescriptor?
    private var watch: Watch?
    private var failure: StreamError?

    private var readable = true
    private var peerHasClosed = false
    private var reader: UnsafeContinuation<Void, Never>?
    private var readTimer: Deadline?

    private var writable = true
    private var writeFailure: StreamError?
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var flushRequested = false
    private var closesWhenSent = false
    private var drainGoal = 0
    private var drainer: UnsafeContinuation<Void, Never>?
    private var writeTimer: Deadline?

    /// Called once when the peer closes its writing side or the connection breaks, also while nothing is being read.
    public var onPeerClosed: (() -> Void)?

    /// Called once when the connection breaks: the peer will take no more either.
    public var onPeerLost: (() -> Void)?

    /// Longest time without progress while there is something to send; then the stream fails with `.timedOut`.
    public var writeTimeout: Duration = .seconds(30)

    /// Memory for unsent bytes that is kept while there are none, in bytes.
    public var retainedCapacity = 4096

    /// Takes over a non-blocking socket, connected or connecting.
    public init(_ loop: Loop, adopting descriptor: consuming FileDescriptor) throws(SystemError) {
        self.loop = loop
        self.descriptor = consume descriptor
        watch = try Watch(loop, descriptor: rawDescriptor, writing: false) { [unowned self] in self.handle($0) }
    }

    deinit {
        watch?.cancel()
        readTimer?.disarm()
        writeTimer?.disarm()
    }

    public var isClosed: Bool { failure != nil }

    /// The descriptor's number, for asking the kernel about it; -1 when closed.
    public var rawDescriptor: Int32 { descriptor?.rawValue ?? -1 }

    // MARK: Events

    private func handle(_ readiness: Readiness) {
        if !readiness.isDisjoint(with: [.readable, .peerClosed, .hangup, .error]) { readable = true }
        if !readiness.isDisjoint(with: [.writable, .hangup, .error]) { becameWritable() }
        if !readiness.isDisjoint(with: [.peerClosed, .hangup, .error]) { peerClosed() }
        if !readiness.isDisjoint(with: [.hangup, .error]) { peerLost() }
        if readable { wakeReader() }
    }

    private func becameWritable() {
        // Nobody has waited for it. While a stream is busy it is not worth changing all the time.
        if writable { watch?.watchesWriting = false }
        writable = true
        if !outgoing.isEmpty { flush() }
    }

    private func peerClosed() {
        peerHasClosed = true
        onPeerClosed?()
        onPeerClosed = nil
    }

    private func peerLost() {
        onPeerLost?()
        onPeerLost = nil
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

    /// Puts `readDeadline` off while something is unsent: who is still busy with the answer is not idle.
    public var isPatient = false

    /// When waiting to read fails with `.timedOut`; nil means never.
    public var readDeadline: Instant? {
        didSet {
            if let readDeadline {
                (readTimer ?? makeReadTimer()).arm(readDeadline)
            } else {
                readTimer?.disarm()
            }
        }
    }

    /// Appends what has come, at most `limit` and 64 KiB. 0 means the peer will send no more; nil that nothing is there.
    public func tryRead(into buffer: inout ByteBuffer, upTo limit: Int = .max) throws(StreamError) -> Int? {
        if let failure { throw failure }
        guard readable, let raw = descriptor?.rawValue else { return nil }
        let wanted = min(limit, Loop.scratchSize)
        let count = unsafe loop.scratch.withUnsafeMutableBytes { unsafe recv(raw, $0.baseAddress, wanted, 0) }
        if count > 0 {
            // A short read has emptied the socket, unless the end of stream was announced with it. A peer that sends
            // urgent octets or descriptors cuts its own octets short, and waits for its next ones.
            if count < wanted, !peerHasClosed { readable = false }
            unsafe buffer.append(contentsOf: loop.scratch[..<count])
            return count
        }
        if count == 0 { return 0 }
        if errno == EAGAIN || errno == EINTR {
            readable = errno == EINTR
            return nil
        }
        let error = StreamError.system(.last("recv"))
        fail(error)
        throw error
    }

    /// Whether nothing of the peer's is there, neither octets nor an end, not even what nobody has been told of yet.
    public func isQuiet() -> Bool {
        guard failure == nil, let raw = descriptor?.rawValue else { return false }
        var octet: UInt8 = 0
        return unsafe recv(raw, &octet, 1, Int32(MSG_PEEK)) < 0 && errno == EAGAIN
    }

    /// Whether sending has failed: the peer takes nothing any more.
    public var hasFailedWriting: Bool { writeFailure != nil }

    /// Returns when `tryRead` has something to say.
    public func waitReadable() async throws(StreamError) {
        if let failure { throw failure }
        if readable { return }
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            unsafe reader = continuation
            // Outside an actor the task may get here a turn after it looked.
            if readable || failure != nil { wakeReader() }
        }
        if let failure { throw failure }
    }

    /// Makes whoever waits for bytes look again, although none may have come.
    public func interruptReading() { wakeReader() }

    /// Waits for bytes and appends them; 0 means the peer will send no more.
    public func read(into buffer: inout ByteBuffer, upTo limit: Int = .max) async throws(StreamError) -> Int {
        while true {
            if let count = try tryRead(into: &buffer, upTo: limit) { return count }
            try await waitReadable()
        }
    }

    // MARK: Writing

    /// Bytes that the kernel has taken so far.
    public private(set) var octetsSent: UInt64 = 0

    /// Bytes accepted but not yet taken by the kernel.
    public var unsent: Int { outgoing.count - sent }

    /// Appends to what leaves at the end of this turn. After sending has failed, nothing happens.
    public func write(_ append: (inout [UInt8]) -> Void) {
        guard failure == nil, writeFailure == nil else { return }
        append(&outgoing)
        requestFlush()
    }

    public func write(_ bytes: [UInt8]) { write { $0.append(contentsOf: bytes) } }

    public func write(_ bytes: ArraySlice<UInt8>) { write { $0.append(contentsOf: bytes) } }

    /// As `drain(below:)`, but while the kernel takes all it gets, up to `gathered` bytes may wait for the end of the turn.
    public func drain(below goal: Int, gathering gathered: Int) async throws(StreamError) {
        if failure == nil, writeFailure == nil, writable, unsent <= gathered { return }
        try await drain(below: goal)
    }

    /// Waits until at most `goal` bytes are unsent: the back-pressure for whoever produces them.
    public func drain(below goal: Int = 0) async throws(StreamError) {
        if let failure = failure ?? writeFailure { throw failure }
        if unsent <= goal { return }
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

    private func requestFlush() {
        guard !flushRequested else { return }
        flushRequested = true
        loop.atEndOfTurn(self)
    }

    public func endOfTurn() {
        flushRequested = false
        flush()
    }

    private func flush() {
        guard failure == nil, writeFailure == nil, let raw = descriptor?.rawValue else { return }
        let before = octetsSent
        while writable, sent < outgoing.count {
            let count = unsafe outgoing.withUnsafeBytes { raw8 in
                unsafe send(raw, raw8.baseAddress?.advanced(by: sent), raw8.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
                octetsSent += UInt64(count)
            } else if errno == EAGAIN {
                writable = false
                watch?.watchesWriting = true
            } else if errno != EINTR {
                return failWriting(.system(.last("send")))
            }
        }
        afterFlush(hasProgressed: octetsSent > before)
    }

    /// The peer takes no more. What it said before is still there to be read: often the reason.
    private func failWriting(_ error: StreamError) {
        writeFailure = error
        outgoing = []
        sent = 0
        writeTimer?.disarm()
        wakeDrainer()
        readable = true
        peerClosed()
        peerLost()
        wakeReader()
    }

    private func afterFlush(hasProgressed: Bool) {
        if sent == outgoing.count {
            outgoing.removeAll(keepingCapacity: outgoing.capacity <= retainedCapacity)
            sent = 0
            writeTimer?.disarm()
            if closesWhenSent { finishClosing() }
        } else {
            compact()
            let timer = writeTimer ?? makeWriteTimer()
            // What is only added to what the peer does not take is no progress.
            if hasProgressed || !timer.isArmed { timer.arm(after: writeTimeout) }
        }
        wakeDrainer()
    }

    /// Drops the sent part once it is the larger one, so that the cost stays linear.
    private func compact() {
        guard sent > 64 * 1024, sent > outgoing.count / 2 else { return }
        outgoing.removeSubrange(..<sent)
        sent = 0
    }

    // MARK: Closing

    /// Ends our direction once everything is sent; reading goes on.
    public func closeWriting() {
        guard failure == nil else { return }
        closesWhenSent = true
        requestFlush()
    }

    private func finishClosing() {
        closesWhenSent = false
        if let raw = descriptor?.rawValue { _ = shutdown(raw, Int32(SHUT_WR)) }
    }

    /// Ends both directions at once; what is unsent is lost and whoever waits hears `.closed`.
    public func close() { fail(.closed) }

    /// Ends both directions with a reset, so that the peer cannot take a cut message for a whole one.
    public func reset() { discard(.closed) }

    /// The kernel, too, lets go of what is unsent; for a peer that reads nothing it would hold it for minutes.
    private func discard(_ reason: StreamError) {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(rawDescriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        fail(reason)
    }

    private func fail(_ error: StreamError) {
        guard failure == nil else { return }
        failure = error
        watch?.cancel()
        watch = nil
        descriptor = nil
        readTimer?.disarm()
        writeTimer?.disarm()
        outgoing = []
        sent = 0
        wakeReader()
        wakeDrainer()
        let told = [onPeerClosed, onPeerLost]
        onPeerClosed = nil
        onPeerLost = nil
        if error != .closed { for each in told { each?() } }
    }

    private func makeReadTimer() -> Deadline {
        let timer = Deadline(loop) { [unowned self] in self.readingIsLate() }
        readTimer = timer
        return timer
    }

    private func readingIsLate() {
        guard isPatient, unsent > 0 else { return fail(.timedOut) }
        readTimer?.arm(after: .seconds(1))
    }

    private func makeWriteTimer() -> Deadline {
        let timer = Deadline(loop) { [unowned self] in self.discard(.timedOut) }
        writeTimer = timer
        return timer
    }
}

internal import CPlatform
import Glibc

/// Takes connections off a listening socket as they come. For one loop's thread.
///
/// When the process is out of descriptors it waits 100 ms before it tries again, instead of spinning.
public final class Acceptor {
    private let loop: Loop
    private var listener: FileDescriptor?
    private var watch: Watch?
    private let accepted: (consuming FileDescriptor) -> Void
    private var retry: Deadline?
    /// Whether connections are to be taken, as far as its user is concerned.
    private var isWanted = true

    /// Most connections taken in one turn, so that the others of the loop get theirs.
    private static let batch = 64

    public init(
        _ loop: Loop, listener: consuming FileDescriptor, _ accepted: @escaping (consuming FileDescriptor) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.listener = consume listener
        self.accepted = accepted
        try watchListener()
    }

    /// The address it listens on, with the port that the kernel chose.
    public var localAddress: SocketAddress? {
        guard let raw = listener?.rawValue else { return nil }
        return Sockets.localAddress(raw)
    }

    /// Leaves new connections in the kernel's queue.
    public func pause() {
        isWanted = false
        stopWatching()
    }

    private func stopWatching() {
        watch?.cancel()
        watch = nil
    }

    /// Takes connections again. Does nothing when it does already, or is closed.
    public func resume() {
        isWanted = true
        do throws(SystemError) { try watchListener() } catch { waitForDescriptors() }
    }

    private func watchListener() throws(SystemError) {
        guard watch == nil, let raw = listener?.rawValue else { return }
        watch = try Watch(loop, listener: raw) { [unowned self] _ in self.acceptBatch(raw) }
    }

    /// Stops listening; connections not yet taken are refused by the kernel.
    public func close() {
        pause()
        retry?.disarm()
        listener = nil
    }

    /// Takes the connections that have been made, and stops listening.
    public func finish() {
        if watch != nil, let raw = listener?.rawValue { while acceptNext(raw) {} }
        close()
    }

    private func acceptBatch(_ raw: Int32) {
        for _ in 0..<Self.batch where !acceptNext(raw) { return }
    }

    /// Whether another may wait.
    private func acceptNext(_ raw: Int32) -> Bool {
        let result = cloakroom_accept(raw)
        if result >= 0 {
            accepted(FileDescriptor(adopting: result))
            return watch != nil
        }
        switch errno {
        case EINTR, ECONNABORTED: return true
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: waitForDescriptors()
        default: break
        }
        return false
    }

    private func waitForDescriptors() {
        stopWatching()
        let retry = self.retry ?? Deadline(loop) { [weak self] in self?.tryAgain() }
        self.retry = retry
        retry.arm(after: .milliseconds(100))
    }

    private func tryAgain() { if isWanted { resume() } }
}

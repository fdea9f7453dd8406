internal import CPlatform
import Glibc

/// A signal that a service handles.
public enum Signal: Int32, Sendable, CaseIterable {
    case hangup = 1
    case interrupt = 2
    case terminate = 15
}

/// Signals as events of a loop. Make it in `main`'s first statement, before any thread exists: threads inherit the
/// block, so that the signals arrive here only.
public struct Signals: ~Copyable {
    private let descriptor: FileDescriptor

    /// Blocks SIGHUP, SIGINT and SIGTERM and ignores SIGPIPE.
    public init() throws(SystemError) {
        cloakroom_ignore_sigpipe()
        let numbers = Signal.allCases.map(\.rawValue)
        descriptor = FileDescriptor(
            adopting: try system("signalfd") { unsafe cloakroom_signalfd(numbers, Int32(numbers.count)) })
    }

    /// Tells `received` of each signal on the loop, as long as the result is kept.
    public consuming func deliver(
        on loop: Loop, _ received: @escaping (Signal) -> Void
    ) throws(SystemError) -> SignalWatch {
        try SignalWatch(loop, descriptor, received)
    }
}

/// Delivery of signals, until it is let go.
public final class SignalWatch {
    private let descriptor: FileDescriptor
    private var watch: Watch?

    fileprivate init(
        _ loop: Loop, _ descriptor: consuming FileDescriptor, _ received: @escaping (Signal) -> Void
    ) throws(SystemError) {
        let raw = descriptor.rawValue
        self.descriptor = consume descriptor
        watch = try Watch(loop, descriptor: raw) { _ in
            while true {
                let number = cloakroom_signalfd_read(raw)
                guard number > 0 else { return }
                if let signal = Signal(rawValue: number) { received(signal) }
            }
        }
    }

    /// Stops delivery. On the loop's thread.
    public func cancel() { watch?.cancel() }
}

import Glibc
import Platform

/// Where log lines go: a descriptor that never makes the writer wait.
struct LogOutput: ~Copyable {
    private let descriptor: FileDescriptor

    enum Outcome {
        case wrote(Int)
        case wouldWait
        /// The reader is gone.
        case broken
    }

    /// Prepares a descriptor that others may share, such as standard output.
    ///
    /// O_NONBLOCK belongs to the open file, not to the descriptor, and the other processes that write to the same pipe
    /// or terminal do not expect it. So pipes and terminals are opened anew where that is allowed.
    init(_ number: Int32) {
        var status = stat()
        let kind = unsafe fstat(number, &status) == 0 ? status.st_mode & S_IFMT : 0
        if kind == S_IFIFO || kind == S_IFCHR {
            let path = "/proc/self/fd/\(number)"
            let reopened = unsafe open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
            if reopened >= 0 {
                descriptor = FileDescriptor(adopting: reopened)
                return
            }
        }
        descriptor = FileDescriptor(adopting: fcntl(number, F_DUPFD_CLOEXEC, 3))
        // A regular file never makes anyone wait; and without O_NONBLOCK the lines would still come.
        if kind != S_IFREG { try? descriptor.setNonblocking() }
    }

    var number: Int32 { descriptor.rawValue }

    borrowing func write(_ bytes: ArraySlice<UInt8>) -> Outcome {
        while true {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            if count >= 0 { return .wrote(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldWait
            default: return .broken
            }
        }
    }

    /// Waits until it can be written to, at most so many milliseconds.
    borrowing func waitUntilWritable(milliseconds: Int32) {
        var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&entry, 1, milliseconds)
    }
}

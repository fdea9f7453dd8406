public import Bytes
import Synchronization

/// What is out of reach at the moment, and why. Whoever tries again and again hears the same reason again and again; a
/// log wants it once.
public final class Outage: Sendable {
    private let told = Mutex<ByteString?>(nil)

    public init() {}

    /// The last reason; nil when nothing is wrong.
    public var reason: ByteString? { told.withLock { $0 } }

    /// Notes a failure. Answers whether it is news: the first one, or one for another reason than the last.
    public func begin(_ reason: ByteString) -> Bool {
        told.withLock { told in
            defer { told = reason }
            return told != reason
        }
    }

    /// All is well again: the next failure is news.
    public func end() { told.withLock { $0 = nil } }
}

import Glibc

/// A system call that failed: which one, with what `errno`, on what.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    public let code: Int32
    public let call: String
    public let subject: String

    public init(_ code: Int32, call: String, subject: String = "") {
        self.code = code
        self.call = call
        self.subject = subject
    }

    /// The failure that the last call on this thread left in `errno`.
    static func last(_ call: String, _ subject: String = "") -> SystemError {
        SystemError(errno, call: call, subject: subject)
    }

    public static let addressInUse = EADDRINUSE
    public static let accessDenied = EACCES

    /// Whether the machine or this process is out of something, so that the answer says nothing about what was asked for.
    public var isShortage: Bool { [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(code) }

    public var description: String {
        let reason = unsafe String(cString: strerror(code))
        return subject.isEmpty ? "\(call): \(reason)" : "\(call) \(subject): \(reason)"
    }
}

/// Calls until the answer is not EINTR; -1 becomes the error.
@discardableResult
func system(_ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Int32) throws(SystemError) -> Int32
{
    while true {
        let result = body()
        if result >= 0 { return result }
        if errno != EINTR { throw SystemError.last(call, subject()) }
    }
}

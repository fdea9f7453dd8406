internal import CPlatform

/// The loops of a process, one thread each: the first is the calling thread's, the others have threads of their own.
public final class LoopGroup: Sendable {
    /// The most that make sense on one machine for processes like ours.
    public static let most = 64

    /// At least one.
    public let loops: [Loop]
    private let others: [LoopThread]

    /// Makes them; those on other threads turn from now on. Block the signals first: threads inherit that.
    public init(_ count: Int) throws(SystemError) {
        let first = try Loop()
        var others: [LoopThread] = []
        for _ in 1..<max(1, count) { others.append(try LoopThread()) }
        self.others = others
        loops = [first] + others.map(\.loop)
    }

    /// The calling thread's.
    public var first: Loop { loops[0] }

    /// Turns the first loop until it is stopped, and then ends the others with their threads.
    public func run() {
        first.run()
        for thread in others { thread.stopAndJoin() }
    }

    /// How many cores this process may use.
    public static var usableCores: Int { min(most, max(1, Int(cloakroom_usable_cores()))) }
}

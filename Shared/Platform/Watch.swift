/// What may be done with a descriptor without waiting.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    // The kernel's EPOLL values.
    public static let readable = Readiness(rawValue: 0x001)
    public static let writable = Readiness(rawValue: 0x004)
    public static let error = Readiness(rawValue: 0x008)
    /// Both directions are over.
    public static let hangup = Readiness(rawValue: 0x010)
    /// The peer has closed its writing side.
    public static let peerClosed = Readiness(rawValue: 0x2000)
}

/// Edge-triggered interest in one descriptor, told on the loop's thread, until `cancel()`. The loop keeps a watch
/// alive; the descriptor must outlive it. For one loop's thread.
public final class Watch {
    let loop: Loop
    let descriptor: Int32
    var ready: ((Readiness) -> Void)?
    var token: UInt64 = 0

    /// Whether it is told when the descriptor can be written to again. The kernel tells so of a Unix socket whenever the
    /// peer has read something: without need that is a wake-up for each message.
    public var watchesWriting: Bool {
        didSet { if watchesWriting != oldValue, ready != nil { loop.reregister(self) } }
    }

    /// `ready` hears of each change once and must work until the call would block.
    public init(
        _ loop: Loop, descriptor: Int32, writing: Bool = true, _ ready: @escaping (Readiness) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.descriptor = descriptor
        self.ready = ready
        watchesWriting = writing
        try loop.register(self, listening: false)
    }

    /// A level-triggered watch of a listening socket, exclusive among the processes that share it.
    init(_ loop: Loop, listener: Int32, _ ready: @escaping (Readiness) -> Void) throws(SystemError) {
        self.loop = loop
        self.descriptor = listener
        self.ready = ready
        watchesWriting = false
        try loop.register(self, listening: true)
    }

    /// Ends it; events of this turn that were not yet told are dropped. Call before the descriptor is closed.
    public func cancel() {
        guard ready != nil else { return }
        ready = nil
        loop.unregister(self)
    }
}

public import Platform

/// A long-running service on a loop, usually an actor.
public protocol Service<Settings>: Sendable {
    /// What its configuration files say.
    associatedtype Settings: Sendable

    /// Takes over new settings after SIGHUP. They have been checked; bad ones never get here.
    func reload(_ settings: Settings) async

    /// Takes no new work, finishes what is in flight, and returns.
    func drain() async

    /// How long `drain()` may take before the process ends anyway.
    var drainDeadline: Duration { get }
}

extension Service {
    /// 25 s: less than the 30 s that orchestrators give by default.
    public var drainDeadline: Duration { .seconds(25) }
}

/// What a program hands to its service.
public struct ServiceContext: Sendable {
    /// The loop to live on.
    public private(set) var loop: Loop
    /// All loops of the process. Signals arrive on the first, which is the service's own until it chooses another.
    public let loops: [Loop]
    public let log: Log
    public let metrics: Metrics
    public let invocation: Invocation

    /// At least one loop.
    public init(loops: [Loop], log: Log, metrics: Metrics, invocation: Invocation) {
        self.loops = loops
        loop = loops[0]
        self.log = log
        self.metrics = metrics
        self.invocation = invocation
    }

    /// The same for a part that lives on another loop.
    public func on(_ loop: Loop) -> ServiceContext {
        var context = self
        context.loop = loop
        return context
    }
}

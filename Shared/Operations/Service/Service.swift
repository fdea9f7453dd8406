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
    public let loop: Loop
    public let log: Log
    public let metrics: Metrics
    public let invocation: Invocation

    public init(loop: Loop, log: Log, metrics: Metrics, invocation: Invocation) {
        self.loop = loop
        self.log = log
        self.metrics = metrics
        self.invocation = invocation
    }
}

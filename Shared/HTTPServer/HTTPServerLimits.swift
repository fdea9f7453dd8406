public import HTTP
public import Platform

/// What clients may take up at most, in time and in number.
public struct HTTPServerLimits: Sendable {
    /// The sizes of heads.
    public var http = HTTPLimits()
    /// From the first octet of a request, or from the connection's beginning, to the end of the head.
    public var head: Duration = .seconds(10)
    /// How long a connection may wait for its next request; a quarter of it while three quarters of the
    /// connections are taken.
    public var idle: Duration = .seconds(75)
    /// How long a request's content may pause while it is waited for.
    public var bodyIdle: Duration = .seconds(30)
    /// How slowly a request's content may come, counted over the time in which it is waited for.
    public var bodyPace = BodyPace.Limit()
    /// How long a response may stand still because the client does not take it.
    public var write: Duration = .seconds(30)
    /// How long a connection that is being closed listens on, so that the client can read the last answer.
    public var linger: Duration = .seconds(2)
    /// Connections at once. Before it is full, those that have waited longest for a request make room; when none
    /// waits for one, the next one stays in the kernel's queue.
    public var connections = 10_000
    /// Connections at once from one address, of IPv6 from one /64.
    public var connectionsPerClient: Int?
    /// Peers whose connections are not counted so, because they are other people's.
    public var proxies: [IPNetwork] = []
    /// Content that no one has read: this many octets are passed over to keep the connection, then it is closed.
    public var unreadBody = 256 * 1024

    public init() {}
}

/// How fast a request's content has come while it was waited for. Time in which nobody asked does not count: then it
/// is not the client that is slow.
public struct BodyPace: Sendable {
    public struct Limit: Sendable {
        /// Octets a second.
        public var rate: UInt64 = 512
        /// How long nothing is said.
        public var grace: Duration = .seconds(10)

        public init() {}
    }

    private var waited: Duration = .zero
    private var received: UInt64 = 0

    public init() {}

    /// Notes that `count` octets came after `time`; false when the client is too slow.
    public mutating func note(_ count: Int, after time: Duration, limit: Limit) -> Bool {
        waited += time
        received += UInt64(max(0, count))
        guard waited > limit.grace else { return true }
        let seconds = UInt64(max(0, waited.components.seconds))
        let (needed, overflow) = seconds.multipliedReportingOverflow(by: limit.rate)
        return !overflow && received >= needed
    }
}

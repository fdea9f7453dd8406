/// How a client connects and how many connections it keeps.
public struct HTTPClientConfiguration: Sendable {
    /// Path of a PEM file with the only CAs to trust; nil means the system's.
    public var caFile: String?
    /// Most connections to one origin; further exchanges wait.
    public var connectionsPerOrigin = 1024
    /// Most connections to one origin that are kept while nothing uses them.
    public var idlePerOrigin = 256
    /// Most exchanges that wait for a connection to one origin.
    public var waitersPerOrigin = 1024
    /// How long a connection is kept while nothing uses it.
    public var idleTime: Duration = .seconds(55)
    /// How long a connection is used at all, so that a changed address or certificate is noticed.
    public var age: Duration = .seconds(300)
    /// Most octets of a response's head.
    public var headLimit = 64 * 1024
    /// Which addresses an origin may lead to.
    public var addresses: @Sendable (Origin) -> AddressPolicy = { AddressPolicy(for: $0) }
    /// See `ConnectOptions.maxAge`.
    var libcurlAge = 118

    public init() {}

    var pool: ConnectionPool.Limits {
        ConnectionPool.Limits(
            connectionsPerOrigin: connectionsPerOrigin, idlePerOrigin: idlePerOrigin,
            waitersPerOrigin: waitersPerOrigin, idleTime: idleTime, age: age)
    }

    var connect: ConnectOptions { ConnectOptions(caFile: caFile, maxAge: libcurlAge) }
}

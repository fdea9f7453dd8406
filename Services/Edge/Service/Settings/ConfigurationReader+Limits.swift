internal import Bytes
internal import Operations
internal import Platform
internal import Session

/// What one client or session may do at the edge. Generous: behind one address there may be a whole office.
struct EdgeLimits: Sendable {
    var login = Rate(count: 600, period: 60_000)
    var callback = Rate(count: 600, period: 60_000)
    var user = Rate(count: 6000, period: 60_000)
    var logout = Rate(count: 600, period: 60_000)
    /// Logins that a client may have under way.
    var loginsPerClient = 2000
    /// Exchanges with workers that a session may have under way: a quarter of what a loop of a worker takes.
    var exchangesPerSession = 256

    /// As long as the broker keeps a login.
    private static let loginLife: UInt32 = 600_000

    /// A full bucket and what is refilled in a login's life are together no more than may be under way.
    var unfinishedLogins: Rate { Rate(count: UInt32(clamping: loginsPerClient / 2), period: Self.loginLife) }
}

extension ConfigurationReader {
    func edgeLimits() -> EdgeLimits {
        var limits = EdgeLimits()
        limits.loginsPerClient = integer("logins_per_client", default: limits.loginsPerClient, in: 2...100_000)
        limits.exchangesPerSession = integer(
            "exchanges_per_session", default: limits.exchangesPerSession, in: 1...1024)
        section("rates") { rates in
            limits.login = rates.value("login", .rate, default: limits.login)
            limits.callback = rates.value("callback", .rate, default: limits.callback)
            limits.user = rates.value("user", .rate, default: limits.user)
            limits.logout = rates.value("logout", .rate, default: limits.logout)
        }
        return limits
    }

    func proxies() -> TrustedProxies {
        TrustedProxies(
            networks: values("addresses", .network).compactMap(\.self), field: choice("field", default: .xForwardedFor))
    }
}

extension ConfigurationScalar<Rate> {
    fileprivate static var rate: Self {
        Self(
            expected: "a rate", hint: "write a number a second, minute or hour, such as \"600/m\"",
            placeholder: Rate(count: 1, period: 1000)
        ) { Rate($0) }
    }
}

extension ConfigurationScalar<IPNetwork?> {
    fileprivate static var network: Self {
        Self(
            expected: "an address or a range of addresses",
            hint: "write \"192.0.2.1\" or \"10.0.0.0/8\", with nothing behind the prefix's bits", placeholder: nil
        ) { text in IPNetwork(text).map { $0 } }
    }
}

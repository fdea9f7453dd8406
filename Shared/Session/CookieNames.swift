public import Bytes
public import HTTP

/// The names of a frontend's cookies, and which of them a login may keep.
///
/// The prefix `__Host-` (RFC 6265bis §4.1.3.2) keeps other hosts and plain http from setting them. Development over
/// plain http cannot have it; there the port is in the name instead, because cookies do not know ports.
public struct CookieNames: Sendable, Hashable {
    /// The session's cookie.
    public let session: ByteString
    /// What the names of login cookies begin with, one cookie for each login under way.
    public let loginPrefix: ByteString
    /// The cookie that holds what the return from the provider's logout page must carry.
    public let logout: ByteString
    /// Whether the cookies are for https only.
    public let isSecure: Bool

    /// Most logins under way in one browser.
    public static let mostLogins = 8
    /// Seconds for which a login may be under way.
    public static let loginLifetime: UInt64 = 600

    /// - Parameter base: the frontend's own name, a cookie-name of letters, digits, `-`, `_` and `.`.
    public init(_ base: ByteString) {
        self.init(base: "__Host-" + base, isSecure: true)
    }

    /// The names for plain http on a port of the developer's machine.
    public init(_ base: ByteString, developmentPort port: UInt16) {
        self.init(base: base + ByteString("-\(port)"), isSecure: false)
    }

    private init(base: ByteString, isSecure: Bool) {
        session = base
        loginPrefix = base + "-login-"
        logout = base + "-logout"
        self.isSecure = isSecure
    }

    /// Whether this can be the base of cookie names.
    public static func isUsable(_ base: ByteString) -> Bool {
        (1...64).contains(base.count)
            && base.bytes.allSatisfy { RoutePattern.isUnreserved($0) && $0 != UInt8(ascii: "~") }
    }

    /// The name of the cookie that belongs to a login: it follows from the login's state, so that each callback finds
    /// its own cookie and tabs do not disturb each other.
    ///
    /// `stateHash` is SHA-256 over the state and the place where the browser comes back; neither is seen in the name.
    public func login(stateHash: [UInt8]) -> ByteString { loginPrefix + Hex.encode(Array(stateHash.prefix(8))) }

    /// The session's cookie: it lives as long as the browser does, and no other site can make the browser send it.
    public func sessionCookie(_ value: ByteString) -> SetCookie? {
        SetCookie(name: session, value: value, sameSite: .strict, isSecure: isSecure)
    }

    /// A login's cookie: sent when the browser comes back from the provider's site.
    public func loginCookie(_ name: ByteString, _ value: ByteString) -> SetCookie? {
        SetCookie(name: name, value: value, sameSite: .lax, isSecure: isSecure, maximumAge: Self.loginLifetime)
    }

    /// The cookie that a logout's return is checked against.
    public func logoutCookie(_ state: ByteString) -> SetCookie? {
        SetCookie(name: logout, value: state, sameSite: .lax, isSecure: isSecure, maximumAge: Self.loginLifetime)
    }

    /// Whether octets have the shape of a cookie value of ours: 32 octets in base64url.
    public static func isOurs(_ value: ArraySlice<UInt8>) -> Bool {
        value.count == 43 && Base64.isURL(value)
    }

    /// The login cookies that must go so that one more may come. Browsers send the oldest first (RFC 6265 §5.4).
    public func superfluousLogins(among names: [ByteString]) -> [ByteString] {
        let logins = names.filter { $0.hasPrefix(loginPrefix) }
        return Array(logins.prefix(max(0, logins.count - Self.mostLogins + 1)))
    }
}

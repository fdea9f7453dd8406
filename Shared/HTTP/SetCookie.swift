public import Bytes

/// A cookie to be set (RFC 6265 §4.1), always for the whole host alone: `Path=/`, no `Domain`.
public struct SetCookie: Hashable, Sendable {
    public enum SameSite: Hashable, Sendable {
        case strict, lax, none
    }

    public let name: ByteString
    public let value: ByteString
    public let sameSite: SameSite
    /// False only where a browser must take the cookie over plain http, in development.
    public let isSecure: Bool
    /// In seconds; nil keeps the cookie until the browser ends its session.
    public let maximumAge: UInt64?

    /// What a browser keeps of name and value together.
    public static let maximumSize = 4096

    /// Nil if the name is no token, the value holds other than cookie octets, both are longer than 4,096 octets, or a
    /// browser would refuse the combination: `__Host-` and `__Secure-` names and `SameSite=None` need `Secure`.
    public init?(
        name: ByteString, value: ByteString, sameSite: SameSite, isSecure: Bool = true, maximumAge: UInt64? = nil
    ) {
        guard FieldName.isValid(name.bytes.span, 0, name.count), name.count + value.count <= SetCookie.maximumSize,
            ByteSet.cookieValue.holds(value.bytes.span, 0, value.count),
            isSecure || !SetCookie.needsSecure(name) && sameSite != .none
        else { return nil }
        self.name = name
        self.value = value
        self.sameSite = sameSite
        self.isSecure = isSecure
        self.maximumAge = maximumAge
    }

    /// The same cookie with the same attributes, emptied and expired.
    public var deletion: SetCookie { SetCookie(deleting: self) }

    private init(deleting cookie: SetCookie) {
        name = cookie.name
        value = .empty
        sameSite = cookie.sameSite
        isSecure = cookie.isSecure
        maximumAge = 0
    }

    /// Browsers compare these prefixes in any case.
    private static func needsSecure(_ name: ByteString) -> Bool {
        let name = ASCII.lowercased(name)
        return name.hasPrefix("__host-") || name.hasPrefix("__secure-")
    }

    /// The value of the `Set-Cookie` field. `HttpOnly` always.
    public var fieldValue: FieldValue {
        var out = name.bytes
        out.reserveCapacity(name.count + value.count + 64)
        out.append(UInt8(ascii: "="))
        out.append(contentsOf: value.bytes)
        out.append("; Path=/; HttpOnly")
        if isSecure { out.append("; Secure") }
        switch sameSite {
        case .strict: out.append("; SameSite=Strict")
        case .lax: out.append("; SameSite=Lax")
        case .none: out.append("; SameSite=None")
        }
        if let maximumAge {
            out.append("; Max-Age=")
            Decimal.append(maximumAge, to: &out)
        }
        return FieldValue(validated: ByteString(out))
    }
}

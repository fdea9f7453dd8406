public import Bytes
internal import CCrypto

/// Random octets from libcrypto's generator, which the kernel seeds.
///
/// When the generator fails the process stops: a predictable session or key is worse than none.
public enum Random {
    /// Octets that others may see: nonces, salts, states, identifiers.
    public static func bytes(_ count: Int) -> [UInt8] {
        unsafe filled(count) { unsafe crypto_random($0, count) }
    }

    /// Octets that stay secret, from a generator of their own.
    public static func secret(_ count: Int) -> Secret {
        unsafe Secret(filled(count) { unsafe crypto_random_private($0, count) })
    }
}

internal import CCrypto

/// The ways of signing that can be verified here, by the names of RFC 7518 §3.1.
public enum SignatureScheme: Sendable, CaseIterable {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 octets.
    case ps256
    /// ECDSA on P-256 with SHA-256; the signature is r and s, 32 octets each.
    case es256
}

/// A public key that passed its checks, for verifying signatures on any thread.
@safe public final class VerificationKey: Sendable {
    private enum Kind {
        case rsa(modulusSize: Int)
        case p256
    }

    // Immutable once made, and libcrypto counts its references atomically.
    private nonisolated(unsafe) let pointer: OpaquePointer
    private let kind: Kind

    private init(_ pointer: OpaquePointer, _ kind: Kind) {
        unsafe self.pointer = unsafe pointer
        self.kind = kind
    }

    deinit { unsafe crypto_key_free(pointer) }

    /// An RSA key of 2048 to 8192 bits whose exponent is odd, at least 3 and below 2³²; both big-endian, zeros in
    /// front allowed. Nil for any other.
    public convenience init?(rsaModulus: [UInt8], exponent: [UInt8]) {
        let modulus = Array(rsaModulus.drop { $0 == 0 })
        let exponent = Array(exponent.drop { $0 == 0 })
        guard let top = modulus.first, let low = modulus.last, low & 1 == 1 else { return nil }
        let bits = modulus.count * 8 - top.leadingZeroBitCount
        guard (2048...8192).contains(bits), Self.isSane(exponent) else { return nil }
        let key = unsafe crypto_rsa_key(modulus, modulus.count, exponent, exponent.count)
        guard let key = unsafe key else { return nil }
        unsafe self.init(key, .rsa(modulusSize: modulus.count))
    }

    /// The point (x, y) of P-256, 32 octets each. Nil when it is not on the curve.
    public convenience init?(p256X x: [UInt8], y: [UInt8]) {
        guard x.count == 32, y.count == 32 else { return nil }
        let point = [0x04] + x + y
        guard let key = unsafe crypto_p256_key(point, point.count) else { return nil }
        unsafe self.init(key, .p256)
    }

    private static func isSane(_ exponent: [UInt8]) -> Bool {
        guard let low = exponent.last, low & 1 == 1, exponent.count <= 4 else { return false }
        return exponent.count > 1 || low >= 3
    }

    /// Whether `signature` was made over `message` with this key and scheme; one for another kind of key never fits.
    public func verifies(_ scheme: SignatureScheme, signature: [UInt8], message: [UInt8]) -> Bool {
        let count = message.count
        switch (scheme, kind) {
        case (.rs256, .rsa(let size)):
            guard signature.count == size else { return false }
            return unsafe crypto_verify_rsa_pkcs1_sha256(pointer, signature, size, message, count) == 1
        case (.ps256, .rsa(let size)):
            guard signature.count == size else { return false }
            return unsafe crypto_verify_rsa_pss_sha256(pointer, signature, size, message, count) == 1
        case (.es256, .p256):
            guard Self.isPair(signature) else { return false }
            return unsafe crypto_verify_p256_sha256(pointer, signature, message, count) == 1
        case (.rs256, .p256), (.ps256, .p256), (.es256, .rsa):
            return false
        }
    }

    /// Two numbers of 32 octets, neither zero.
    private static func isPair(_ signature: [UInt8]) -> Bool {
        signature.count == 64 && signature[..<32].contains { $0 != 0 } && signature[32...].contains { $0 != 0 }
    }
}

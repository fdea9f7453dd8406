public import Bytes
internal import CCrypto

/// HKDF with SHA-256 (RFC 5869), extract and expand.
public enum HKDF {
    /// The most octets of `info`: libcrypto's own bound.
    public static let maximumInfo = 1024

    /// `length` octets, 1 to 8160, derived from `key` (not empty) for the purpose that `info` names.
    public static func sha256(key: Secret, salt: [UInt8], info: [UInt8], length: Int) -> Secret {
        precondition(!key.isEmpty && info.count <= maximumInfo && (1...255 * 32).contains(length))
        let key = key.reveal()
        return Secret(
            unsafe filled(length) { out in
                unsafe key.withUnsafeBufferPointer { key in
                    unsafe salt.withUnsafeBufferPointer { salt in
                        unsafe info.withUnsafeBufferPointer { info in
                            unsafe crypto_hkdf_sha256(
                                key.baseAddress, key.count, salt.baseAddress, salt.count, info.baseAddress, info.count,
                                out, length)
                        }
                    }
                }
            })
    }
}

public import Bytes
internal import CCrypto

/// HMAC with SHA-256 (RFC 2104).
public enum HMAC {
    /// The 32 octets of the code. Compare them with `constantTimeEquals`.
    public static func sha256(key: Secret, _ bytes: [UInt8]) -> [UInt8] {
        let key = key.reveal()
        return unsafe filled(Int(crypto_sha256_size)) { code in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe bytes.withUnsafeBufferPointer { bytes in
                    unsafe crypto_hmac_sha256(key.baseAddress, key.count, bytes.baseAddress, bytes.count, code)
                }
            }
        }
    }
}

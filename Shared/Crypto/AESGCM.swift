public import Bytes
internal import CCrypto

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D) with 96-bit nonces and 128-bit tags.
///
/// A pair of key and nonce must never be used for two plaintexts. Keys and nonces of another length are our own
/// mistake and stop the process.
public enum AESGCM {
    public static let keySize = 32
    public static let nonceSize = 12
    public static let tagSize = 16

    /// The ciphertext, as long as the plaintext, followed by the tag.
    public static func seal(_ plain: [UInt8], key: Secret, nonce: [UInt8], aad: [UInt8]) -> [UInt8] {
        precondition(key.count == keySize && nonce.count == nonceSize)
        let key = key.reveal()
        return unsafe filled(plain.count + tagSize) { sealed in
            unsafe withPointers(key, nonce, aad) { key, nonce, aad in
                unsafe plain.withUnsafeBufferPointer { plain in
                    unsafe crypto_gcm_seal(
                        key, nonce, aad.baseAddress, aad.count, plain.baseAddress, plain.count, sealed)
                }
            }
        }
    }

    /// The plaintext, or nil when the tag does not fit: another key, nonce, AAD, or a changed octet.
    public static func open(_ sealed: [UInt8], key: Secret, nonce: [UInt8], aad: [UInt8]) -> [UInt8]? {
        precondition(key.count == keySize && nonce.count == nonceSize)
        guard sealed.count >= tagSize else { return nil }
        let count = sealed.count - tagSize
        let key = key.reveal()
        // One octet more than needed, so that there is an address even for an empty plaintext.
        var plain = [UInt8](repeating: 0, count: count + 1)
        let opened = unsafe withPointers(key, nonce, aad) { key, nonce, aad in
            unsafe sealed.withUnsafeBufferPointer { sealed in
                guard let start = sealed.baseAddress else { return CInt(0) }
                return unsafe crypto_gcm_open(key, nonce, aad.baseAddress, aad.count, start, count, &plain)
            }
        }
        guard opened == 1 else {
            wipe(&plain)
            return nil
        }
        plain.removeLast()
        return plain
    }

    private static func withPointers(
        _ key: [UInt8], _ nonce: [UInt8], _ aad: [UInt8],
        _ body: (UnsafePointer<UInt8>, UnsafePointer<UInt8>, UnsafeBufferPointer<UInt8>) -> CInt
    ) -> CInt {
        unsafe key.withUnsafeBufferPointer { key in
            unsafe nonce.withUnsafeBufferPointer { nonce in
                guard let key = key.baseAddress, let nonce = nonce.baseAddress else { return 0 }
                return unsafe aad.withUnsafeBufferPointer { unsafe body(key, nonce, $0) }
            }
        }
    }
}

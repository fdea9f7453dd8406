internal import CCrypto

/// SHA-256 (FIPS 180-4).
public enum Hash {
    /// The 32 octets of the digest.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        unsafe filled(Int(crypto_sha256_size)) { digest in
            unsafe bytes.withUnsafeBufferPointer { unsafe crypto_sha256($0.baseAddress, $0.count, digest) }
        }
    }
}

/// An array of `count` octets written by libcrypto. These calls fail only when memory is out or libcrypto is broken,
/// and then there is nothing safe left to do.
func filled(_ count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> CInt) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
        guard let start = buffer.baseAddress else { return }
        guard unsafe write(start) == 1 else { preconditionFailure("libcrypto failed") }
        written = count
    }
}

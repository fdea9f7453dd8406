internal import Crypto
internal import OAuth

/// What the OAuth rules need of libcrypto.
struct LibcryptoCryptography: Cryptography {
    func sha256(_ bytes: [UInt8]) -> [UInt8] { Hash.sha256(bytes) }

    func verificationKey(_ parameters: KeyParameters) -> (any SignatureVerifying)? {
        switch parameters {
        case .rsa(let modulus, let exponent):
            VerificationKey(rsaModulus: modulus, exponent: exponent).map(LibcryptoVerifier.init)
        case .p256(let x, let y):
            VerificationKey(p256X: x, y: y).map(LibcryptoVerifier.init)
        }
    }
}

private struct LibcryptoVerifier: SignatureVerifying {
    let key: VerificationKey

    func verifies(_ algorithm: SignatureAlgorithm, signature: [UInt8], message: [UInt8]) -> Bool {
        key.verifies(scheme(algorithm), signature: signature, message: message)
    }

    private func scheme(_ algorithm: SignatureAlgorithm) -> SignatureScheme {
        switch algorithm {
        case .rs256: .rs256
        case .ps256: .ps256
        case .es256: .es256
        }
    }
}

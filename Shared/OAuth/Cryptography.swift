public import Bytes

/// What the rules of this module need of a cryptographic library; composed in by the process that has one.
public protocol Cryptography: Sendable {
    /// The 32 octets of the SHA-256 digest.
    func sha256(_ bytes: [UInt8]) -> [UInt8]

    /// The key, or nil when its parameters are outside the bounds for their kind or no point of the curve.
    func verificationKey(_ parameters: KeyParameters) -> (any SignatureVerifying)?
}

/// A public key that passed its checks.
public protocol SignatureVerifying: Sendable {
    /// Whether the signature is right. An algorithm of another kind of key never fits.
    func verifies(_ algorithm: SignatureAlgorithm, signature: [UInt8], message: [UInt8]) -> Bool
}

/// The public members of a JSON Web Key (RFC 7518 §6), decoded: big-endian integers.
public enum KeyParameters: Hashable, Sendable {
    case rsa(modulus: [UInt8], exponent: [UInt8])
    case p256(x: [UInt8], y: [UInt8])

    /// Whether keys of this kind are made for the algorithm.
    func fits(_ algorithm: SignatureAlgorithm) -> Bool {
        switch (self, algorithm) {
        case (.rsa, .rs256), (.rsa, .ps256), (.p256, .es256): true
        case (.rsa, .es256), (.p256, .rs256), (.p256, .ps256): false
        }
    }
}

/// The algorithms of RFC 7518 §3.1 that can be accepted. There is no `none` and no HMAC to be confused with.
public enum SignatureAlgorithm: Hashable, Sendable, CaseIterable {
    case rs256
    case ps256
    case es256

    /// The algorithm of exactly this name; names are case-sensitive.
    public init?(name: ByteString) {
        guard let algorithm = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = algorithm
    }

    public var name: ByteString {
        switch self {
        case .rs256: "RS256"
        case .ps256: "PS256"
        case .es256: "ES256"
        }
    }
}

internal import Bytes
internal import JSON

/// A provider's signature keys (RFC 7517), without those that cannot be used here.
public struct JWKS: Sendable {
    /// One key that passed its checks.
    struct Key: Sendable {
        let identifier: ByteString?
        let algorithms: [SignatureAlgorithm]
        let verifier: any SignatureVerifying
    }

    let keys: [Key]

    /// The most octets of a document, and the most keys in it.
    public static let maximumSize = 256 * 1024
    public static let maximumKeys = 100

    /// The number of usable keys.
    public var count: Int { keys.count }

    /// Reads a set. A key of another kind, for another use or with broken parameters is skipped, for the others are
    /// none the worse (RFC 7517 §5); a set that is no set is refused.
    public init(parsing document: [UInt8], cryptography: some Cryptography) throws(JWKSError) {
        guard case .object(let set)? = try? JSON.parse(document, limits: JSONLimits(bytes: Self.maximumSize)),
            let entries = set["keys"]?.array
        else { throw .malformed }
        guard entries.count <= Self.maximumKeys else { throw .tooManyKeys }
        keys = entries.compactMap { $0.object.flatMap { Key($0, cryptography) } }
    }

    /// The keys that may have signed: of the identifier, or all when the header names none, and made for the algorithm.
    func candidates(identifier: ByteString?, algorithm: SignatureAlgorithm) -> [Key] {
        keys.filter { key in
            key.algorithms.contains(algorithm) && (identifier == nil || key.identifier == identifier)
        }
    }
}

/// Why a key set is refused.
public enum JWKSError: String, Error, Sendable {
    case malformed
    case tooManyKeys
}

extension JWKS.Key {
    init?(_ entry: JSONObject, _ cryptography: some Cryptography) {
        // A private key that is public knowledge vouches for nothing.
        guard Self.isForSignatures(entry), entry["d"] == nil, let parameters = Self.parameters(entry) else {
            return nil
        }
        guard let algorithms = Self.algorithms(entry, parameters), !algorithms.isEmpty else { return nil }
        let identifier = entry["kid"]
        guard identifier == nil || identifier?.string != nil else { return nil }
        guard let verifier = cryptography.verificationKey(parameters) else { return nil }
        self.init(identifier: identifier?.string, algorithms: algorithms, verifier: verifier)
    }

    private static func isForSignatures(_ entry: JSONObject) -> Bool {
        if let use = entry["use"], use != "sig" { return false }
        guard let operations = entry["key_ops"] else { return true }
        return operations.array?.contains("verify") ?? false
    }

    private static func parameters(_ entry: JSONObject) -> KeyParameters? {
        func octets(_ name: ByteString) -> [UInt8]? { entry[name]?.string.flatMap(Base64.decodeURL) }
        switch entry["kty"] {
        case "RSA":
            guard let modulus = octets("n"), let exponent = octets("e") else { return nil }
            return .rsa(modulus: modulus, exponent: exponent)
        case "EC":
            guard entry["crv"] == "P-256", let x = octets("x"), let y = octets("y") else { return nil }
            return .p256(x: x, y: y)
        default:
            return nil
        }
    }

    /// The algorithms of the key's kind, or the one that the key names if it is among them.
    private static func algorithms(_ entry: JSONObject, _ parameters: KeyParameters) -> [SignatureAlgorithm]? {
        let fitting = SignatureAlgorithm.allCases.filter(parameters.fits)
        guard let named = entry["alg"] else { return fitting }
        return named.string.map { name in fitting.filter { $0.name == name } }
    }
}

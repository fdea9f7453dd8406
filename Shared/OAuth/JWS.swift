internal import Bytes
internal import JSON

/// A JSON Web Signature in compact form (RFC 7515 §3.1), taken apart and not verified.
///
/// Only `alg`, `kid` and `typ` of the header count: `jku`, `jwk`, `x5u` and `x5c` would let a token bring the key it
/// is verified with, and `crit` demands what is not understood here.
struct JWS {
    let algorithm: ByteString
    let keyIdentifier: ByteString?
    let type: ByteString?
    let payload: [UInt8]
    let signature: [UInt8]
    let signedOctets: [UInt8]

    static let maximumSize = 32 * 1024

    init(_ compact: ByteString) throws(TokenFault) {
        let text = compact.bytes
        guard text.count <= Self.maximumSize else { throw .malformed }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64.decodeURL(parts[0]), let payload = Base64.decodeURL(parts[1]),
            let signature = Base64.decodeURL(parts[2])
        else { throw .malformed }
        let members = try jsonObject(header)
        guard let algorithm = members["alg"]?.string else { throw .malformed }
        guard members["crit"] == nil else { throw .criticalExtension }
        self.algorithm = algorithm
        keyIdentifier = try Self.text("kid", in: members)
        type = try Self.text("typ", in: members)
        self.payload = payload
        self.signature = signature
        signedOctets = Array(text[..<parts[1].endIndex])
    }

    private static func text(_ name: ByteString, in header: JSONObject) throws(TokenFault) -> ByteString? {
        guard let value = header[name] else { return nil }
        guard let text = value.string else { throw .malformed }
        return text
    }

    /// Verifies the signature with a key of the set and one of the algorithms.
    func verify(keys: JWKS, algorithms: Set<SignatureAlgorithm>) throws(TokenFault) {
        guard let algorithm = SignatureAlgorithm(name: algorithm), algorithms.contains(algorithm) else {
            throw .algorithm
        }
        let candidates = keys.candidates(identifier: keyIdentifier, algorithm: algorithm)
        let isValid = candidates.contains { key in
            key.verifier.verifies(algorithm, signature: signature, message: signedOctets)
        }
        guard isValid else {
            // Without an identifier, a key that is not in the set yet cannot be told from a wrong signature.
            throw candidates.isEmpty || keyIdentifier == nil ? .unknownKey : .signature
        }
    }

    /// Whether `typ` is absent or names a plain JWT (RFC 7519 §5.1), as media types are compared.
    var isPlainToken: Bool {
        guard let type else { return true }
        return ASCII.equalsIgnoringCase(type.bytes, Array("JWT".utf8))
            || ASCII.equalsIgnoringCase(type.bytes, Array("application/jwt".utf8))
    }
}

/// The members of a JSON object that came inside a token.
func jsonObject(_ bytes: [UInt8]) throws(TokenFault) -> JSONObject {
    let limits = JSONLimits(bytes: JWS.maximumSize)
    guard case .object(let object)? = try? JSON.parse(bytes, limits: limits) else { throw .malformed }
    return object
}

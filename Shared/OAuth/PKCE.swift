public import Bytes

/// Proof Key for Code Exchange (RFC 7636) with the method S256, the only one there is here.
public struct PKCE: Sendable {
    public static let method: ByteString = "S256"

    /// 43 characters, for the token request alone.
    public let verifier: Secret

    /// For the authorization request.
    public let challenge: ByteString

    /// Makes both from 32 fresh octets of a cryptographic generator.
    public init(random: Secret, cryptography: some Cryptography) {
        precondition(random.count == 32)
        let verifier = Base64.encodeURL(random.reveal())
        self.verifier = Secret(verifier)
        challenge = Base64.encodeURL(cryptography.sha256(verifier.bytes))
    }
}

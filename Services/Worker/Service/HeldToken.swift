internal import Bytes
internal import Crypto
internal import HTTP
internal import JSON
internal import Messages
internal import Platform

/// A token in use, with what the worker authorizes by.
struct HeldToken: Sendable {
    let session: SessionTag
    let target: ByteString
    let scope: [ByteString]
    let claims: JSONObject
    /// The value of the Authorization field.
    let bearer: FieldValue
    /// SHA-256 of the token.
    let fingerprint: Digest
    /// When pass or token ends, whichever is first.
    let expiry: Instant

    /// The longest life of a pass, whatever the broker says.
    private static let longest: Int64 = 30_000

    /// What the broker answered to a question asked at `asked`; nil for a token that cannot stand in a field.
    init?(_ answer: RedeemedToken, asked: Instant) {
        let token = answer.accessToken.reveal()
        guard !token.isEmpty, token.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let bearer = FieldValue("Bearer " + ByteString(token)), let digest = Digest(Hash.sha256(token))
        else { return nil }
        session = answer.session
        target = answer.target
        scope = answer.scope
        claims = answer.claims
        self.bearer = bearer
        fingerprint = digest
        expiry = asked + .milliseconds(min(answer.tokenValidMilliseconds, answer.passValidMilliseconds, Self.longest))
    }
}

extension HeldToken: CustomStringConvertible, CustomReflectable {
    var description: String { "[token]" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

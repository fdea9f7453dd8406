internal import Bytes
internal import JSON

/// The rules for the claims of an ID token (OpenID Connect Core §3.1.3.7).
struct IDTokenCheck {
    let claims: JSONObject
    let rules: IDTokenRules
    let expectation: IDTokenExpectation
    let now: Int64

    /// Whose token it claims to be. Checked before the signature, so that a token that is not for us is refused for
    /// what it is and cannot make us load keys.
    func checkIdentity() throws(TokenFault) {
        // Only security event tokens have it (RFC 8417 §2.2): a logout token must not sign anyone in.
        guard claims["events"] == nil else { throw .type }
        guard claims["iss"]?.string == rules.issuer else { throw .issuer }
        try checkAudience()
        try checkSubject()
    }

    /// Whether it is fresh and answers the request.
    func checkOccasion(_ cryptography: some Cryptography) throws(TokenFault) {
        try checkDates()
        try checkNonce()
        try checkAccessToken(cryptography)
        try checkAuthentication()
    }

    private func checkAudience() throws(TokenFault) {
        let audience: [JSONValue]
        switch claims["aud"] {
        case .string(let one): audience = [.string(one)]
        case .array(let several): audience = several
        default: throw .audience
        }
        let names = audience.compactMap(\.string)
        guard names.count == audience.count, names.contains(rules.clientID),
            names.allSatisfy({ $0 == rules.clientID || rules.trustedAudiences.contains($0) })
        else { throw .audience }
        guard let party = claims["azp"] else {
            guard names.count == 1 else { throw .authorizedParty }
            return
        }
        guard party.string == rules.clientID else { throw .authorizedParty }
    }

    private func checkSubject() throws(TokenFault) {
        guard let subject = claims["sub"]?.string, (1...255).contains(subject.count) else { throw .subject }
        if let expected = expectation.subject, subject != expected { throw .subject }
        if let session = claims["sid"], session.string?.isEmpty ?? true { throw .malformed }
    }

    private func checkDates() throws(TokenFault) {
        guard let expiry = NumericDate.seconds(claims["exp"]), expiry + rules.clockSkew > now else { throw .expired }
        guard let issuedAt = NumericDate.seconds(claims["iat"]), issuedAt <= now + rules.clockSkew,
            issuedAt >= now - rules.window - rules.clockSkew
        else { throw .issuedAt }
        if let value = claims["nbf"] {
            guard let start = NumericDate.seconds(value), start <= now + rules.clockSkew else { throw .notBefore }
        }
    }

    private func checkNonce() throws(TokenFault) {
        let given = claims["nonce"]
        switch expectation.nonce {
        case .required(let nonce):
            guard given?.string == nonce else { throw .nonce }
        case .unchanged(let nonce):
            guard let given else { return }
            guard let nonce, given.string == nonce else { throw .nonce }
        }
    }

    /// All algorithms here hash with SHA-256, so `at_hash` is half of that (Core §3.1.3.6).
    private func checkAccessToken(_ cryptography: some Cryptography) throws(TokenFault) {
        guard let given = claims["at_hash"], let token = expectation.accessToken else { return }
        let half = Array(cryptography.sha256(token.reveal()).prefix(16))
        guard given.string == Base64.encodeURL(half) else { throw .accessTokenHash }
    }

    private func checkAuthentication() throws(TokenFault) {
        // Both are stored as text, which can hold anything else.
        let names = (claims["amr"]?.array ?? []).compactMap(\.string) + [claims["acr"]?.string].compactMap { $0 }
        guard names.allSatisfy({ !$0.bytes.contains(0) }) else { throw .malformed }
        let time = NumericDate.seconds(claims["auth_time"])
        guard time != nil || claims["auth_time"] == nil else { throw .authenticationTime }
        if let maximum = expectation.maximumAge {
            guard let time, time <= now + rules.clockSkew, time >= now - maximum - rules.clockSkew else {
                throw .authenticationTime
            }
        }
        if !expectation.acrValues.isEmpty {
            guard let reached = claims["acr"]?.string, expectation.acrValues.contains(reached) else {
                throw .authenticationContext
            }
        }
    }
}

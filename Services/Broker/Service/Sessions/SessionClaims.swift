internal import Bytes
internal import JSON
internal import OAuth

/// What a session knows of its user: the sealed part of its row.
struct SessionClaims: Equatable, Sendable {
    var issuer: ByteString
    var subject: ByteString
    /// The nonce of the login, which refreshed ID tokens may repeat.
    var nonce: ByteString
    /// The claims that some frontend or target is allowed to see, and no others.
    var claims: JSONObject
    /// When the session is over at the latest, in microseconds since 1970 by the database's clock. The row says the
    /// same in the open; what counts is this.
    var expires: Int64

    init(issuer: ByteString, subject: ByteString, nonce: ByteString, claims: JSONObject, expires: Int64 = 0) {
        self.issuer = issuer
        self.subject = subject
        self.nonce = nonce
        self.claims = claims
        self.expires = expires
    }

    /// Keeps of a login's claims what is allowed. UserInfo adds what the ID token lacks and changes nothing.
    init(_ token: VerifiedIDToken, userInfo: UserInfo?, nonce: ByteString, allowed: [ByteString]) {
        var kept: [(ByteString, JSONValue)] = [("sub", .string(token.subject))]
        for name in allowed where name != "sub" {
            if let value = token.claims[name] ?? userInfo?.claims[name], !kept.contains(where: { $0.0 == name }) {
                kept.append((name, value))
            }
        }
        self.init(issuer: token.issuer, subject: token.subject, nonce: nonce, claims: JSONObject(kept))
    }

    /// The claims of these names, `sub` always among them.
    func selected(_ names: [ByteString]) -> JSONObject {
        JSONObject(claims.members.filter { $0.name == "sub" || names.contains($0.name) }.map { ($0.name, $0.value) })
    }

    // MARK: The sealed form

    func encoded() -> [UInt8] {
        JSON.write([
            "iss": .string(issuer), "sub": .string(subject), "nonce": .string(nonce), "claims": .object(claims),
            "expires": .integer(expires),
        ])
    }

    /// Nil for anything else than what `encoded()` writes.
    init?(encoded: [UInt8]) {
        guard let value = try? JSON.parse(encoded), let issuer = value["iss"]?.string,
            let subject = value["sub"]?.string, let nonce = value["nonce"]?.string,
            let claims = value["claims"]?.object, let expires = value["expires"]?.integer
        else { return nil }
        self.init(issuer: issuer, subject: subject, nonce: nonce, claims: claims, expires: expires)
    }
}

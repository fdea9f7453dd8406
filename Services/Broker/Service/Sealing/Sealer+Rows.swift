internal import Bytes
internal import Messages
internal import OAuth

// Where each sealed column belongs. `Sealed` has the table of these contexts.

extension SealContext {
    static func claims(
        of session: SessionTag, userKey: [UInt8], _ provider: ProviderConfiguration
    ) -> SealContext {
        SealContext(
            table: "session", column: "claims", row: session.bytes, owner: userKey, issuer: provider.issuer,
            client: provider.client.id)
    }

    static func refreshToken(
        of grant: GrantID, session: SessionTag, issuer: ByteString, client: ByteString, generation: Int64
    ) -> SealContext {
        SealContext(
            table: "token_grant", column: "refresh_token", row: grant.bytes, owner: session.bytes, issuer: issuer,
            client: client, generation: generation)
    }

    static func accessToken(
        of grant: GrantID, target: ByteString, session: SessionTag, issuer: ByteString, client: ByteString,
        generation: Int64
    ) -> SealContext {
        SealContext(
            table: "access_token", column: "token", row: grant.bytes + target.bytes, owner: session.bytes,
            issuer: issuer, client: client, generation: generation)
    }

    static func loginSecrets(
        state: ByteString, browser: [UInt8], issuer: ByteString, client: ByteString
    ) -> SealContext {
        SealContext(
            table: "login_transaction", column: "secrets", row: TransactionStore.id(ofState: state), owner: browser,
            issuer: issuer, client: client)
    }
}

extension Sealer {
    func sealed(_ plain: [UInt8], _ context: SealContext) -> Sealed {
        Sealed(key: ring.active, box: seal(plain, context))
    }

    /// The blind key of a user, and of whoever granted something: who they are stays unreadable in the database.
    func userKey(issuer: ByteString, subject: ByteString) -> [UInt8] { blindIndex("user", [issuer, subject]) }

    /// The blind key of a provider's own session.
    func sidKey(issuer: ByteString, sid: ByteString) -> [UInt8] { blindIndex("sid", [issuer, sid]) }

    /// The claims of a stored session.
    func claims(of session: StoredSession, _ provider: ProviderConfiguration) throws(SealError) -> SessionClaims {
        try claims(session.claims, session.id, session.userKey, provider)
    }

    func claims(
        _ sealed: Sealed, _ session: SessionTag, _ userKey: [UInt8], _ provider: ProviderConfiguration
    ) throws(SealError) -> SessionClaims {
        let plain = try open(sealed.box, .claims(of: session, userKey: userKey, provider))
        guard let claims = SessionClaims(encoded: plain.reveal()) else { throw .broken }
        return claims
    }
}

internal import Bytes
internal import Messages
internal import OAuth
internal import Postgres

extension LoginDesk {
    /// Stores the session, its grant and its tokens, and ends the session that began the login: all or nothing.
    func mint(
        _ login: VerifiedLogin, _ call: LoginComplete, _ consumed: ConsumedTransaction,
        _ provider: ProviderConfiguration
    ) async throws(CallError) -> LoginCompleted {
        guard let id = SessionTag.random() else { throw CallError(.unavailable) }
        let draft = SessionDraft(id: id, login: login, provider: provider, limits: limits, now: consumed.now)
        let session = draft.session(for: call, sealer)
        let grant = draft.grant(sealer)
        let tokens = targets.servedByLogin(of: provider.name).map { draft.token(for: $0, grant.id, sealer) }
        let outcome = try await stored { () async throws(PostgresError) in
            try await sessions.mint(session, grant, tokens, replacing: consumed.session)
        }
        guard case .minted(let replaced) = outcome else { throw CallError(.handleInUse) }
        if let replaced { await ends.ended(replaced) }
        let user = UserView(
            claims: login.claims.selected(visibleClaims), provider: provider.name,
            expiresIn: min(limits.idle, limits.absolute).components.seconds,
            logoutID: Base64.encodeURL(session.publicID.bytes))
        return LoginCompleted(intent: .login, returnTo: consumed.transaction.returnTo, user: user)
    }
}

/// A session in the making: everything that its rows are derived from.
private struct SessionDraft {
    let id: SessionTag
    let login: VerifiedLogin
    let provider: ProviderConfiguration
    let limits: SessionLimits
    /// The database's time.
    let now: Timestamp

    private var issuer: ByteString { login.idToken.issuer }
    private var userKey: (Sealer) -> [UInt8] {
        { $0.userKey(issuer: issuer, subject: login.idToken.subject) }
    }

    func session(for call: LoginComplete, _ sealer: Sealer) -> NewSession {
        let token = login.idToken
        let userKey = userKey(sealer)
        let expires = now + limits.absolute
        var claims = login.claims
        claims.expires = expires.microseconds
        return NewSession(
            id: id, publicID: PublicID(), handle: call.handle, frontend: call.frontend, provider: provider.name,
            userKey: userKey, sidKey: token.sessionIdentifier.map { sealer.sidKey(issuer: issuer, sid: $0) },
            claims: sealer.sealed(claims.encoded(), .claims(of: id, userKey: userKey, provider)),
            authTime: token.authenticationTime.map { Timestamp(sinceEpoch: .seconds($0)) },
            acr: token.authenticationContext, amr: token.authenticationMethods, idle: limits.idle, expires: expires)
    }

    func grant(_ sealer: Sealer) -> NewGrant {
        let grant = GrantID()
        let context = SealContext.refreshToken(
            of: grant, session: id, issuer: provider.issuer, client: provider.client.id,
            generation: NewGrant.generation)
        return NewGrant(
            id: grant, issuer: provider.issuer, clientID: provider.client.id, subjectKey: userKey(sealer),
            scope: ByteString.joined(scopes),
            refreshToken: login.tokens.refreshToken.map {
                sealer.sealed($0.reveal(), context)
            })
    }

    /// The login's own access token, for a target that needs none of its own.
    func token(for target: Target, _ grant: GrantID, _ sealer: Sealer) -> NewToken {
        let context = SealContext.accessToken(
            of: grant, target: target.name, session: id, issuer: provider.issuer, client: provider.client.id,
            generation: NewGrant.generation)
        // The transaction was consumed before the code was sent: from then on the token's life counts.
        let life = ExpiryPolicy().token(lifetime: login.tokens.lifetime, requestedAt: now.sinceEpoch)
        return NewToken(
            target: target.name, token: sealer.sealed(login.tokens.accessToken.reveal(), context),
            scope: ByteString.joined(scopes), obtained: Timestamp(sinceEpoch: life.obtainedAt),
            expires: Timestamp(sinceEpoch: life.expiresAt))
    }

    /// What was granted; an answer that does not say granted what was asked for (RFC 6749 §5.1).
    private var scopes: [ByteString] { login.tokens.scopes ?? provider.scopes }
}

extension ByteString {
    /// A list as OAuth writes it: separated by blanks.
    static func joined(_ words: [ByteString]) -> ByteString {
        ByteString(words.map(\.bytes).joined(separator: [UInt8(ascii: " ")]))
    }

    /// The words of such a list.
    var words: [ByteString] { bytes.split(separator: UInt8(ascii: " ")).map { ByteString($0) } }
}

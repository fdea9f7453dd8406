internal import Bytes
internal import Crypto
internal import Messages
internal import OAuth
internal import Operations
internal import Platform
internal import Postgres

/// Sessions as edges see them: opened for a pass, looked at, ended.
struct SessionDesk: Sendable {
    let providers: Providers
    let targets: Targets
    let sessions: SessionStore
    let ends: EndHub
    let activity: ActivityLog
    let sealer: Sealer
    let passes: PassBox
    let limits: SessionLimits
    let visibleClaims: [ByteString]

    /// Answers a pass for one session and one target.
    func open(_ call: SessionOpen) async throws(CallError) -> SessionOpened {
        guard let target = targets[call.target] else { throw CallError(.targetUnknown) }
        let mark = await ends.mark()
        let opened = try await stored { () async throws(PostgresError) in
            try await sessions.open(
                call.handle, frontend: call.frontend, provider: target.provider, target: target.name)
        }
        guard let opened, isCurrent(opened.session) else { throw CallError(.sessionUnknown) }
        let session = opened.session
        if call.slide { await activity.note(session.id) }
        let left = remaining(session, at: opened.now, slides: call.slide)
        let valid = min(left, PassBox.longestLife)
        let expiry = activity.loop.now + valid
        guard let pass = passes.make(PassContents(session: session.id.bytes, target: target.name, expiry: expiry))
        else {
            throw CallError(.targetUnknown, "the target's name is too long")
        }
        guard await !ends.ended(session.id, since: mark) else { throw CallError(.sessionEnded) }
        return SessionOpened(
            pass: pass, validMilliseconds: valid.milliseconds, session: session.id,
            idleMilliseconds: session.idle.map(\.milliseconds))
    }

    /// Answers what a frontend may know of the user.
    func user(_ call: SessionUser) async throws(CallError) -> UserView {
        let mark = await ends.mark()
        let found = try await stored { () async throws(PostgresError) in
            try await sessions.user(call.handle, frontend: call.frontend)
        }
        guard let (session, now) = found, isCurrent(session) else { throw CallError(.sessionUnknown) }
        let claims = try claims(of: session, now: now)
        if call.slide { await activity.note(session.id) }
        guard await !ends.ended(session.id, since: mark) else { throw CallError(.sessionEnded) }
        return UserView(
            claims: claims.selected(visibleClaims), provider: session.provider,
            expiresIn: remaining(session, at: now, slides: call.slide).components.seconds,
            logoutID: Base64.encodeURL(session.publicID.bytes))
    }

    /// Ends a session here, queues its tokens for revocation, and says where the browser can end it at the provider.
    /// Ending what has ended already is no error, unless the caller had to prove which session it means.
    func end(_ call: SessionEnd) async throws(CallError) -> SessionEndedReply {
        let publicID = try call.publicID()
        let ended = try await stored { () async throws(PostgresError) in
            try await sessions.end(call.handle, frontend: call.frontend, publicID: publicID, reason: "logout")
        }
        guard let ended else {
            guard publicID == nil else { throw CallError(.sessionUnknown) }
            return SessionEndedReply()
        }
        await ends.ended(ended)
        return await endAtProvider(ended)
    }

    private func endAtProvider(_ ended: EndedSession) async -> SessionEndedReply {
        // The session is over whether or not its provider can be asked.
        guard let provider = try? providers.named(ended.provider),
            let endpoint = try? await provider.knownMetadata().endSessionEndpoint
        else { return SessionEndedReply() }
        let configuration = provider.configuration
        let state = configuration.postLogoutRedirectURI.map { _ in Base64.encodeURL(Random.bytes(32)) }
        let request = EndSessionRequest(
            clientID: configuration.client.id, postLogoutRedirectURI: configuration.postLogoutRedirectURI, state: state)
        return SessionEndedReply(logoutURL: request.url(at: endpoint), state: state)
    }

    // MARK: Rules

    /// A session from before the ring's limit is dead, whatever its row says: the database may be an old copy.
    private func isCurrent(_ session: StoredSession) -> Bool {
        session.created.microseconds / 1_000_000 >= sealer.ring.sessionsNotBefore
    }

    private func remaining(_ session: StoredSession, at now: Timestamp, slides: Bool) -> Duration {
        guard slides, let idle = session.idle else { return max(session.remaining(at: now), .zero) }
        return max(min(idle, session.expires - now), .zero)
    }

    private func claims(of session: StoredSession, now: Timestamp) throws(CallError) -> SessionClaims {
        let provider = try providers.named(session.provider)
        let claims: SessionClaims
        do { claims = try sealer.claims(of: session, provider.configuration) } catch {
            throw error.refusal(orElse: .sessionEnded)
        }
        guard claims.expires > now.microseconds else { throw CallError(.sessionEnded) }
        return claims
    }
}

extension SessionEnd {
    /// The session that the caller means, when it says.
    fileprivate func publicID() throws(CallError) -> PublicID? {
        guard let logoutID else { return nil }
        guard let id = Base64.decodeURL(logoutID).flatMap(PublicID.init) else { throw CallError(.sessionUnknown) }
        return id
    }
}

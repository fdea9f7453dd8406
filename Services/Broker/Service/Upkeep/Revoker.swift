internal import Bytes
internal import Messages
internal import OAuth
internal import Operations
internal import Postgres

/// Tells providers which tokens are over, from the durable queue. Any number of brokers may do so at once.
struct Revoker: Sendable {
    let providers: Providers
    let queue: RevocationStore
    let sealer: Sealer
    let log: Log

    /// Asked at once, so that a provider that does not answer holds up no other one.
    static let batch: Int64 = 20
    /// Longer than one request takes.
    static let lease: Duration = .seconds(120)
    /// After a day the token has ended by itself, or nobody can help.
    static let patience: Duration = .seconds(86_400)

    /// Works off what is due.
    func run() async {
        do throws(PostgresError) {
            while true {
                let due = try await queue.take(limit: Self.batch, lease: Self.lease)
                await withTaskGroup { group in
                    for revocation in due { group.addTask { await carryOut(revocation) } }
                }
                if due.count < Self.batch { return }
            }
        } catch { log.warning("revocations_unreadable") { $0.add("reason", "\(error)") } }
    }

    private func carryOut(_ queued: QueuedRevocation) async {
        do throws(PostgresError) { try await settle(queued) } catch {
            log.warning("revocation_unstored") { $0.add("reason", "\(error)") }
        }
    }

    private func settle(_ queued: QueuedRevocation) async throws(PostgresError) {
        switch await ask(queued.revocation) {
        case .done:
            try await queue.finish(queued)
        case .refused:
            log.warning("revocation_refused") { $0.add("provider", queued.revocation.provider) }
            try await queue.finish(queued)
        case .retry(let after):
            guard queued.now - queued.created < Self.patience else {
                log.warning("revocation_given_up") { $0.add("provider", queued.revocation.provider) }
                return try await queue.finish(queued)
            }
            let pause = Duration.seconds(min(1 << min(queued.attempts, 10), 600))
            try await queue.retry(queued, after: max(after ?? .zero, pause), error: "unavailable")
        }
    }

    private func ask(_ revocation: Revocation) async -> RevocationAnswer {
        guard let provider = try? providers.named(revocation.provider),
            provider.configuration.revocation == .token, let owner = revocation.session
        else { return .done }
        let token: Secret
        do throws(SealError) { token = try sealer.open(revocation.token.box, revocation.context(owner)) } catch {
            return error == .broken ? .refused : .retry(after: nil)
        }
        let kind: RevocationRequest.Kind = revocation.target == nil ? .refreshToken : .accessToken
        do throws(ProviderUnavailable) { return try await provider.revoke(token, kind) } catch {
            return .retry(after: error.retryAfter)
        }
    }
}

extension Revocation {
    /// Where the queued box was sealed for.
    fileprivate func context(_ owner: SessionTag) -> SealContext {
        guard let target else {
            return .refreshToken(
                of: grant, session: owner, issuer: issuer, client: clientID, generation: generation)
        }
        return .accessToken(
            of: grant, target: target, session: owner, issuer: issuer, client: clientID, generation: generation)
    }
}

internal import Messages
internal import RPC

/// What workers may ask: the access token of a pass. Each worker's uid has the targets it may use.
struct WorkerSocket: RPCHandler {
    typealias Socket = WorkerBroker

    let tokens: TokenDesk
    let workers: [UInt32: WorkerPeer]

    func handle(_ call: RPCCall<WorkerBroker>) async {
        guard let worker = workers[call.peer.uid] else { return call.fail(CallError(.targetDenied)) }
        do throws(CallError) { call.reply(.token(try await answer(call.request, worker))) } catch { call.fail(error) }
    }

    private func answer(_ request: WorkerRequest, _ worker: WorkerPeer) async throws(CallError) -> RedeemedToken {
        switch request {
        case .tokenRedeem(let call): try await tokens.redeem(call, for: worker)
        case .tokenRenew(let call): try await tokens.renew(call, for: worker)
        }
    }
}

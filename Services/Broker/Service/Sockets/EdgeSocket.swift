internal import Messages
internal import RPC

/// What edges may ask: logins and the sessions of the handles they present. There is no way here to name a token.
struct EdgeSocket: RPCHandler {
    typealias Socket = EdgeBroker

    let logins: LoginDesk
    let sessions: SessionDesk

    func handle(_ call: RPCCall<EdgeBroker>) async {
        do throws(CallError) { call.reply(try await answer(call.request)) } catch { call.fail(error) }
    }

    private func answer(_ request: EdgeRequest) async throws(CallError) -> EdgeReply {
        switch request {
        case .loginBegin(let call): .loginBegin(try await logins.begin(call))
        case .loginComplete(let call): .loginComplete(try await logins.complete(call))
        case .sessionOpen(let call): .sessionOpen(try await sessions.open(call))
        case .sessionUser(let call): .sessionUser(try await sessions.user(call))
        case .sessionEnd(let call): .sessionEnd(try await sessions.end(call))
        }
    }
}

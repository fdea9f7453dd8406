internal import Bytes
internal import JSON
internal import Messages
internal import Platform

/// A call that waits for its answer.
struct PendingCall {
    let waiter: Waiter<Result<JSONValue, RPCError>>
    let deadline: Instant
}

/// Calls of the client: sent as messages, answered in any order, each with a deadline.
extension RPCLink {
    /// Sends a call and waits for its answer.
    func call(_ method: ByteString, _ parameters: JSONValue, timeout: Duration) async -> Result<JSONValue, RPCError> {
        await Waiter.wait { waiter in
            switch send(method, parameters) {
            case .success(let id):
                let deadline = loop.now + timeout
                calls[id] = PendingCall(waiter: waiter, deadline: deadline)
                armCallTimer(deadline)
            case .failure(let error): waiter.resume(returning: .failure(error))
            }
        }
    }

    private func send(_ method: ByteString, _ parameters: JSONValue) -> Result<Int64, RPCError> {
        if isClosed || isDraining { return .failure(.notConnected) }
        guard calls.count + expiredCalls.count < callLimit else { return .failure(.busy) }
        guard hasRoom else { return refuseForNow() }
        let payload = Envelope.call(id: lastCall + 1, method: method, parameters: parameters).encoded()
        guard payload.count <= FrameKind.message.longestPayload else { return .failure(.tooLong) }
        lastCall += 1
        say(payload)
        return isClosed ? .failure(.notConnected) : .success(lastCall)
    }

    /// Takes an answer. One that no call waits for any more is dropped; one to no call at all is a fault.
    func answered(_ id: Int64, _ result: Result<JSONValue, RPCError>) throws(RPCFault) {
        guard id <= lastCall else { throw .messageFault(MessageError(.invalidMember, "id")) }
        let isExpired = expiredCalls.remove(id) != nil
        if !isExpired { finish(id, result) }
        if calls.count + expiredCalls.count == callLimit - 1 { handlers.vacant(self) }
        checkDrained()
    }

    func failCalls() {
        for id in calls.keys.sorted() { finish(id, .failure(.lost(headLeft: true))) }
    }

    private func finish(_ id: Int64, _ result: Result<JSONValue, RPCError>) {
        calls.removeValue(forKey: id)?.waiter.resume(returning: result)
    }

    /// One timer for all calls: it looks at the earliest deadline, and then for the next.
    private func armCallTimer(_ deadline: Instant) {
        let timer = callTimer ?? Deadline(loop) { [weak self] in self?.expireCalls() }
        callTimer = timer
        if timer.isArmed, nextExpiry <= deadline { return }
        nextExpiry = deadline
        timer.arm(deadline)
    }

    private func expireCalls() {
        for (id, call) in calls where call.deadline <= loop.now {
            // For the server it is still under way.
            expiredCalls.insert(id)
            finish(id, .failure(.timedOut))
        }
        if let next = calls.values.lazy.map(\.deadline).min() { armCallTimer(next) }
        checkDrained()
    }
}

internal import Messages
internal import Platform
internal import RPC

/// Logouts that the broker could not be told yet. They are told when it is back, or forgotten with the process, whose
/// cache is what refuses those sessions meanwhile.
actor UnfinishedLogouts {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private let broker: any BrokerDesk
    private var calls: [Handle: SessionEnd] = [:]
    private var isWorking = false

    private static let most = 10_000

    init(_ loop: Loop, broker: any BrokerDesk) {
        self.loop = loop
        self.broker = broker
    }

    func add(_ call: SessionEnd) {
        guard calls.count < Self.most else { return }
        calls[call.handle] = call
        work()
    }

    var count: Int { calls.count }

    private func work() {
        guard !isWorking else { return }
        isWorking = true
        Task(executorPreference: loop) { await self.workUntilDone() }
    }

    private func workUntilDone() async {
        while !calls.isEmpty {
            for call in Array(calls.values) where await isDone(call) { calls[call.handle] = nil }
            if !calls.isEmpty { await loop.sleep(.seconds(1)) }
        }
        isWorking = false
    }

    private func isDone(_ call: SessionEnd) async -> Bool {
        do throws(RPCError) {
            _ = try await broker.call(call, within: .seconds(5))
            return true
        } catch {
            guard case .refused(let refusal) = error else { return false }
            return refusal.code == .sessionUnknown || refusal.code == .sessionEnded
        }
    }
}

internal import Bytes
internal import Messages
internal import Platform
internal import RPC

/// The edge's way to ask the broker.
protocol BrokerDesk: Sendable {
    func call<Call: MethodCall>(_ call: Call, within time: Duration) async throws(RPCError) -> Call.Result
    where Call.Socket == EdgeBroker
}

extension BrokerDesk {
    /// Asks, and turns what goes wrong into what the browser is told.
    func ask<Call: MethodCall>(_ call: Call, within time: Duration = .seconds(5)) async throws(Problem) -> Call.Result
    where Call.Socket == EdgeBroker {
        do throws(RPCError) { return try await self.call(call, within: time) } catch { throw error.problem }
    }
}

/// The broker over its socket.
struct RemoteBroker: BrokerDesk {
    let client: RPCClient<EdgeBroker>

    func call<Call: MethodCall>(_ call: Call, within time: Duration) async throws(RPCError) -> Call.Result
    where Call.Socket == EdgeBroker {
        try await client.call(call, timeout: time)
    }
}

extension RPCError {
    /// What a browser is told of a call that failed.
    var problem: Problem {
        switch self {
        case .refused(let error): error.problem
        case .busy: Problem(.busy)
        // Text from the browser that is no UTF-8.
        case .invalid(let fault) where fault.kind == .unsendable: Problem(.invalidRequest)
        case .aborted, .timedOut, .notConnected, .lost, .invalid, .tooLong: Problem(.brokerUnavailable)
        }
    }
}

extension CallError {
    var problem: Problem {
        var problem = Problem(problemCode)
        if code == .targetUnknown { problem.detail = "The broker's configuration has no target of the route's name." }
        problem.clearsSession = code == .sessionUnknown || code == .sessionEnded
        problem.retryAfterSeconds = retryAfterMilliseconds.map { UInt64(max(0, $0)) / 1000 + 1 }
        return problem
    }

    private var problemCode: Problem.Code {
        switch code {
        case .sessionUnknown: .unauthenticated
        case .sessionEnded: .sessionEnded
        case .transactionUnknown: .transactionUnknown
        case .loginRefused: .loginRefused
        case .loginFailed: .loginFailed
        case .providerUnknown: .providerUnknown
        case .providerUnavailable: .providerUnavailable
        case .targetUnknown: .targetUnknown
        case .targetDenied: .targetDenied
        case .refreshFailed: .tokenUnavailable
        case .keyUnavailable: .keyUnavailable
        case .invalidRequest: .invalidRequest
        case .handleInUse: .internalError
        default: .brokerUnavailable
        }
    }
}

import Bytes
import JSON
import OAuth
import Platform
import Synchronization

@testable import BrokerService

/// A provider that answers by path: first what was scripted, one answer after the other, then what it always says.
final class ScriptedProvider: ProviderTransport {
    typealias Answer = @Sendable (ProviderRequest) async throws -> ProviderReply

    private struct State {
        var scripted: [ByteString: [Answer]] = [:]
        var always: [ByteString: ProviderReply] = [:]
        var requests: [ProviderRequest] = []
    }

    private let state = Mutex(State())

    func always(_ path: ByteString, _ reply: ProviderReply) { state.withLock { $0.always[path] = reply } }

    func script(_ path: ByteString, _ reply: ProviderReply) { script(path) { _ in reply } }

    func script(_ path: ByteString, _ answer: @escaping Answer) {
        state.withLock { $0.scripted[path, default: []].append(answer) }
    }

    /// How many requests came to a path.
    func count(_ path: ByteString) -> Int {
        state.withLock { $0.requests.count { $0.endpoint.url.hasSuffix(path) } }
    }

    /// The forms that came to a path.
    func forms(_ path: ByteString) -> [ByteString] {
        state.withLock { state in
            state.requests.filter { $0.endpoint.url.hasSuffix(path) }.map { ByteString($0.form?.body.reveal() ?? []) }
        }
    }

    func send(_ request: ProviderRequest, deadline: Instant) async -> ProviderReply {
        let url = request.endpoint.url
        let (answer, otherwise) = state.withLock { state -> (Answer?, ProviderReply?) in
            state.requests.append(request)
            guard let path = state.scripted.keys.first(where: { url.hasSuffix($0) }),
                state.scripted[path]?.isEmpty == false
            else { return (nil, state.always.first { url.hasSuffix($0.key) }?.value) }
            return (state.scripted[path]?.removeFirst(), nil)
        }
        do { return try await answer?(request) ?? otherwise ?? .notSent("no answer") } catch {
            return .notSent("\(error)")
        }
    }
}

func json(_ value: JSONValue, status: UInt16 = 200) -> ProviderReply {
    .answered(status: status, contentType: "application/json", retryAfter: nil, body: Secret(JSON.write(value)))
}

/// Holds whoever passes until it is opened.
actor Gate {
    private var isOpen = false
    private var isReached = false
    private var held: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        isReached = true
        for watcher in watchers { watcher.resume() }
        watchers = []
        if !isOpen { await withCheckedContinuation { held.append($0) } }
    }

    /// Returns when someone is at the gate.
    func reached() async { if !isReached { await withCheckedContinuation { watchers.append($0) } } }

    func open() {
        isOpen = true
        for waiting in held { waiting.resume() }
        held = []
    }
}

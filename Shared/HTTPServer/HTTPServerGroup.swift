internal import Platform
internal import Synchronization

/// Servers that take connections from the same listener, each on a loop of its own. Whoever is woken takes a
/// connection, and the one that has the fewest serves it, so that connections that last are spread evenly. What each
/// client has is counted for all of them together.
public final class HTTPServerGroup: Sendable {
    private let state = Mutex(State())

    private struct State {
        var members: [Member] = []
        var perClient: [IPAddress: Int] = [:]
    }

    private struct Member {
        weak var server: HTTPServer?
        var connections = 0
        var isLeaving = false
    }

    public init() {}

    /// The server's place in the group.
    func join(_ server: HTTPServer) -> Int {
        state.withLock { state in
            state.members.append(Member(server: server))
            return state.members.count - 1
        }
    }

    /// From now on it gets no connections that another one has taken: when it has none left, it is gone.
    func leave(_ place: Int) { state.withLock { $0.members[place].isLeaving = true } }

    func others(than place: Int) -> [HTTPServer] {
        state.withLock { $0.members.enumerated().compactMap { $0.offset == place ? nil : $0.element.server } }
    }

    /// Connections of one server at the moment, those included that are on their way to it.
    func connections(of place: Int) -> Int { state.withLock { $0.members[place].connections } }

    /// Who serves a connection that the one at `place` has taken; nil when the client has `limit` already. A client of
    /// nil is not counted.
    func admit(_ client: IPAddress?, takenBy place: Int, limit: Int?) -> HTTPServer? {
        state.withLock { state in
            if let limit, let client {
                guard state.perClient[client, default: 0] < limit else { return nil }
                state.perClient[client, default: 0] += 1
            }
            var chosen = place
            for (other, member) in state.members.enumerated()
            where member.connections < state.members[chosen].connections && member.server != nil && !member.isLeaving {
                chosen = other
            }
            state.members[chosen].connections += 1
            return state.members[chosen].server
        }
    }

    /// A connection that was admitted is over.
    func release(_ client: IPAddress?, servedBy place: Int) {
        state.withLock { state in
            state.members[place].connections -= 1
            if let client, let count = state.perClient[client] { state.perClient[client] = count > 1 ? count - 1 : nil }
        }
    }
}

public import Bytes
internal import JSON
public import Messages
public import Platform

/// What a client hears unasked, on its loop, in the order in which the server said it.
///
/// A task that waits for an answer goes on after what was read with it: by then events that came right after the answer
/// have been heard.
/// So whoever keeps answers also remembers for a while which sessions ended, and forgets everything it kept when the
/// connection changes: a call compares `epoch` before and after.
public enum RPCClientEvent<Event: EventMessage>: Sendable, Equatable {
    case connected(RPCPeer)
    /// From now on events may be missed.
    case disconnected(RPCFault)
    /// Another attempt follows by itself.
    case connectFailed(RPCFault)
    case event(Event)
}

/// The client of one socket on one loop. Keeps one connection, and makes a new one when it is lost or the server
/// drains. Nothing is ever sent twice by itself.
public actor RPCClient<Socket: MessageSocket> {
    public nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    let path: String
    let server: UInt32
    let build: ByteString
    let told: @Sendable (RPCClientEvent<Socket.Event>) -> Void

    /// The connection that new calls and streams use.
    var current: RPCLink?
    /// The connection that has not heard the server's hello yet.
    var connecting: RPCLink?
    /// Counts the connections: what was learnt in another epoch may be out of date.
    public internal(set) var epoch: UInt64 = 0
    var isClosed = false
    var backoff = Backoff()
    /// The loop of connecting waits here while there is a connection.
    var untilGone: Waiter<Void>?
    /// Whoever waits for a connection or for room on it, in order.
    var queue: [(waiter: Waiter<Void>, deadline: Instant)] = []
    var queueTimer: Deadline?

    /// How long a call or stream waits for a connection or for room.
    static var patience: Duration { .milliseconds(100) }

    /// - Parameters:
    ///   - loop: where it lives, and its callers with it.
    ///   - path: the server's socket.
    ///   - server: the uid that must be at the other end.
    ///   - build: this program's version, told to the server.
    ///   - told: hears of events and connections, on the loop.
    public init(
        _ loop: Loop, path: String, server: UInt32, build: ByteString,
        told: @escaping @Sendable (RPCClientEvent<Socket.Event>) -> Void = { _ in }
    ) {
        self.loop = loop
        self.path = path
        self.server = server
        self.build = build
        self.told = told
    }

    public var isConnected: Bool { current != nil }

    // MARK: Calls and streams

    /// Asks the server and waits for its answer.
    public func call<Call: MethodCall>(
        _ call: Call, timeout: Duration = .seconds(5)
    ) async throws(RPCError) -> Call.Result where Call.Socket == Socket {
        let parameters: JSONValue
        do throws(MessageError) { parameters = try call.request.parameters() } catch { throw .invalid(error) }
        let result = try await onConnection { await $0.call(Call.method, parameters, timeout: timeout) }
        do throws(MessageError) { return try Call.Result(json: result) } catch { throw .invalid(error) }
    }

    /// Opens a stream with its head; `end` when no body follows.
    public func open(head: some HeadPayload, end: Bool = false) async throws(RPCError) -> RPCStream {
        // Most of the time there is a connection with room, and nobody before us.
        if queue.isEmpty, let link = current, case .success(let stream) = link.open(head: head, end: end) {
            return stream
        }
        return try await onConnection { $0.open(head: head, end: end) }
    }

    /// Tries on the connection there is. While there is none, or no room on it, waits in the queue.
    private func onConnection<Value: Sendable>(
        _ attempt: (RPCLink) async -> Result<Value, RPCError>
    ) async throws(RPCError) -> Value {
        let deadline = loop.now + Self.patience
        var error = RPCError.notConnected
        if !queue.isEmpty { await waitInQueue(until: deadline) }
        repeat {
            if let link = current {
                switch await attempt(link) {
                case .success(let value): return value
                case .failure(let failure): error = failure
                }
                if error == .notConnected, link === current { lost(.closed, epoch) }
            }
            guard error == .busy || error == .notConnected, !isClosed else { break }
            await waitInQueue(until: deadline)
        } while loop.now < deadline
        throw error
    }
}

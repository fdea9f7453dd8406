internal import Bytes
internal import JSON
public import Messages
internal import Platform

/// What a server does with what its clients ask.
public protocol RPCHandler<Socket>: Sendable {
    associatedtype Socket: MessageSocket

    /// Answers a call: `reply` or `fail` once, at any time. Returning without an answer answers `unavailable`.
    func handle(_ call: RPCCall<Socket>) async

    /// Serves a stream; its head is the first part to receive. The stream is over when this returns.
    func handle(_ stream: RPCStream, from peer: RPCPeer) async
}

extension RPCHandler {
    public func handle(_ call: RPCCall<Socket>) async {}

    public func handle(_ stream: RPCStream, from peer: RPCPeer) async { stream.abort(Abort(.notSent, .requestInvalid)) }
}

/// One call that a server has to answer.
public struct RPCCall<Socket: MessageSocket>: Sendable {
    public let request: Socket.Request
    public let peer: RPCPeer
    let link: RPCLink
    let id: Int64

    /// Answers at once, in order with the events that were broadcast before and after: when this returns, the answer
    /// has its place. For any actor of the server's loop. A second answer is ignored.
    public func reply(_ reply: Socket.Reply) {
        do throws(MessageError) {
            answer(.result(id: id, try reply.result()))
        } catch {
            fail(CallError(.unavailable, "the answer cannot be sent"))
        }
    }

    /// As `reply(_:)`, with an error.
    public func fail(_ error: CallError) { answer(.failure(id: id, error)) }

    private func answer(_ envelope: Envelope) {
        let id = id
        onLoop(link) { $0.answer(id, envelope) }
    }
}

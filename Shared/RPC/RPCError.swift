public import Messages

/// Why a call or a stream did not come to its end.
public enum RPCError: Error, Equatable, Sendable {
    /// The other side answered with an error.
    case refused(CallError)
    /// The other side ended the stream.
    case aborted(Abort)
    /// No answer in time. Whether the call took effect is not known.
    case timedOut
    /// No connection came up in time. Nothing was sent.
    case notConnected
    /// As many streams or calls are under way as the other side allows, and none ended in time. Nothing was sent.
    case busy
    /// The connection broke, or had to be closed because the peer broke its rules. `headLeft` says whether the call or
    /// the head of the stream may have reached the peer.
    case lost(headLeft: Bool)
    /// A value of ours cannot be sent, or the answer is none that this version knows.
    case invalid(MessageError)
    /// Longer than a message or a head may be. Nothing was sent.
    case tooLong

    /// Whether it is certain that the other side has done nothing, so that trying elsewhere repeats nothing.
    public var isCertainlyNotSent: Bool {
        switch self {
        case .notConnected, .busy, .tooLong, .lost(headLeft: false): true
        case .aborted(let abort): abort.reason == .notSent
        case .refused, .timedOut, .lost, .invalid: false
        }
    }
}

/// Why a connection did not come up or went away; for logs.
public enum RPCFault: Error, Sendable, Equatable {
    /// Connecting failed: the system's words.
    case unreachable(String)
    /// The other end is run by someone who is not expected there.
    case foreignPeer(uid: UInt32)
    /// The peer sent what it must not.
    case protocolFault(FrameFault)
    case messageFault(MessageError)
    /// `hello` or the rest of a frame did not come in time, or nothing could be sent for too long.
    case timedOut
    /// No version in common, or another service than expected.
    case versionUnsupported
    /// The peer closed the connection.
    case closedByPeer
    /// This side did.
    case closed
}

extension RPCFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let reason): reason
        case .foreignPeer(let uid): "uid \(uid) listens there, which is not the one in `peers`"
        case .protocolFault(let fault): "the peer broke the protocol: \(fault)"
        case .messageFault(let error): "the peer sent a message that is none: \(error)"
        case .timedOut: "the peer did not answer or read in time"
        case .versionUnsupported: "the peer is another service, or its version has nothing in common with this one"
        case .closedByPeer: "the peer closed the connection"
        case .closed: "closed"
        }
    }
}

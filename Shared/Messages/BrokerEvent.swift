public import Bytes
public import JSON

/// What the broker tells every edge and worker unasked.
public enum BrokerEvent: EventMessage {
    /// These sessions are over; nothing cached for them may be used again. The sequence grows from event to event.
    case sessionEnded(sessions: [SessionTag], sequence: Int64)
    /// All ends of sessions committed longer ago than the age have been told on this connection.
    case heartbeat(proofAgeMilliseconds: Int64)

    static let sessionEndedMethod: ByteString = "session.ended"
    static let heartbeatMethod: ByteString = "heartbeat"

    public var method: ByteString {
        switch self {
        case .sessionEnded: Self.sessionEndedMethod
        case .heartbeat: Self.heartbeatMethod
        }
    }

    public func parameters() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        switch self {
        case .sessionEnded(let sessions, let sequence):
            writer.set("sessions", .array(sessions.map(\.json)))
            writer.count("sequence", sequence)
        case .heartbeat(let age):
            writer.count("proof_age_ms", age)
        }
        return writer.value
    }

    public init(method: ByteString, parameters: JSONValue) throws(MessageError) {
        var reader = try MemberReader(parameters)
        switch method {
        case Self.sessionEndedMethod:
            let sessions = try reader.list("sessions", SessionTag.init(json:))
            self = .sessionEnded(sessions: sessions, sequence: try reader.count("sequence"))
        case Self.heartbeatMethod:
            self = .heartbeat(proofAgeMilliseconds: try reader.count("proof_age_ms"))
        default: throw MessageError(.unknownMethod, method)
        }
        try reader.end()
    }
}

import Bytes
import JSON
import Messages

/// The input is the payload of a message frame: a call, an event, or an answer.
enum MessageProperties {
    static func check(_ input: [UInt8]) throws {
        guard let envelope = try? Envelope(input) else { return }
        let written = envelope.encoded()
        try require((try? Envelope(written)) == envelope, "what was read is written so that it reads the same")
        switch envelope {
        case .call(_, let method, let parameters):
            try checkSame(try? EdgeRequest(method: method, parameters: parameters))
            try checkSame(try? WorkerRequest(method: method, parameters: parameters))
        case .event(let method, let parameters):
            try checkEvent(try? BrokerEvent(method: method, parameters: parameters))
        case .result(_, let result):
            try checkValue(try? Hello(json: result))
            try checkValue(try? LoginBegun(json: result))
            try checkValue(try? SessionOpened(json: result))
            try checkValue(try? RedeemedToken(json: result))
        case .failure: break
        }
    }

    private static func checkSame<Request: RequestMessage>(_ request: Request?) throws {
        guard let request else { return }
        let parameters = try require(try? request.parameters(), "what was read can be written")
        let again = try? Request(method: request.method, parameters: parameters)
        try require(again == request, "and reads the same")
    }

    private static func checkEvent(_ event: BrokerEvent?) throws {
        guard let event else { return }
        let parameters = try require(try? event.parameters(), "what was read can be written")
        try require((try? BrokerEvent(method: event.method, parameters: parameters)) == event, "and reads the same")
    }

    private static func checkValue<Value: MessageValue>(_ value: Value?) throws {
        guard let value else { return }
        let json = try require(try? value.json(), "what was read can be written")
        let again = try require(try? Value(json: json), "and read")
        try require((try? again.json()) == json, "and reads the same")
    }
}

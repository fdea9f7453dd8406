public import Bytes
public import JSON

/// A JSON-RPC 2.0 object: the payload of a message frame. `params` and `result` are always objects.
public enum Envelope: Sendable, Equatable {
    case call(id: Int64, method: ByteString, parameters: JSONValue)
    case event(method: ByteString, parameters: JSONValue)
    case result(id: Int64, JSONValue)
    case failure(id: Int64, CallError)

    /// The one number that errors have: what they are is said by `data.code`.
    static let errorNumber: Int64 = -32000

    /// Reads a payload strictly: an object of another shape, or with a member more, is refused.
    public init(_ payload: [UInt8]) throws(MessageError) {
        guard let value = try? JSON.parse(payload) else { throw MessageError(.malformed) }
        var reader = try MemberReader(value)
        guard try reader.text("jsonrpc") == "2.0" else { throw MessageError(.invalidMember, "jsonrpc") }
        let id = try reader.optionalCount("id")
        if let method = try reader.optionalText("method") {
            let parameters = JSONValue.object(try reader.object("params"))
            self =
                id.map { .call(id: $0, method: method, parameters: parameters) }
                ?? .event(method: method, parameters: parameters)
        } else {
            guard let id else { throw MessageError(.missingMember, "id") }
            self = try Self.answer(id, &reader)
        }
        try reader.end()
    }

    private static func answer(_ id: Int64, _ reader: inout MemberReader) throws(MessageError) -> Envelope {
        if let error = reader.optionalValue("error") { return .failure(id: id, try CallError(json: error)) }
        return .result(id: id, .object(try reader.object("result")))
    }

    /// The payload of the message frame.
    public func encoded() -> [UInt8] {
        var writer = MemberWriter()
        writer.set("jsonrpc", "2.0")
        switch self {
        case .call(let id, let method, let parameters):
            writer.count("id", id)
            writer.set("method", .string(method))
            writer.set("params", parameters)
        case .event(let method, let parameters):
            writer.set("method", .string(method))
            writer.set("params", parameters)
        case .result(let id, let result):
            writer.count("id", id)
            writer.set("result", result)
        case .failure(let id, let error):
            writer.count("id", id)
            writer.set("error", error.json)
        }
        return JSON.write(writer.value)
    }
}

extension CallError {
    init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        let number = try reader.required("code", \.integer)
        guard number == Envelope.errorNumber else { throw MessageError(.invalidMember, "code") }
        message = try reader.text("message")
        var data = try MemberReader(reader.value("data"))
        code = try data.required("code") { $0.string.flatMap(Code.init) }
        retryAfterMilliseconds = try data.optionalCount("retry_after_ms")
        returnTo = try data.optionalText("return_to")
        try data.end()
        try reader.end()
    }

    var json: JSONValue {
        var data = MemberWriter()
        data.set("code", .string(code.rawValue))
        data.count("retry_after_ms", retryAfterMilliseconds)
        if let returnTo { data.set("return_to", .string(returnTo)) }
        return ["code": .number(JSONNumber(Envelope.errorNumber)), "message": .string(message), "data": data.value]
    }
}

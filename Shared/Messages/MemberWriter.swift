import Bytes
import JSON

/// Collects the members of an object in the order of the protocol's description. Text must be UTF-8: octets that came
/// from a browser may be anything, and the other side would have to close the connection over them.
struct MemberWriter {
    private var members: [(ByteString, JSONValue)] = []

    var value: JSONValue { .object(JSONObject(members)) }

    mutating func set(_ name: ByteString, _ value: JSONValue) { members.append((name, value)) }

    mutating func text(_ name: ByteString, _ text: ByteString) throws(MessageError) {
        set(name, try Self.text(name, text))
    }

    mutating func text(_ name: ByteString, _ text: ByteString?) throws(MessageError) {
        if let text { set(name, try Self.text(name, text)) }
    }

    mutating func texts(_ name: ByteString, _ texts: [ByteString]) throws(MessageError) {
        var values: [JSONValue] = []
        for text in texts { values.append(try Self.text(name, text)) }
        set(name, .array(values))
    }

    mutating func count(_ name: ByteString, _ number: Int64) { set(name, .number(JSONNumber(number))) }

    mutating func count(_ name: ByteString, _ number: Int64?) { if let number { count(name, number) } }

    private static func text(_ name: ByteString, _ text: ByteString) throws(MessageError) -> JSONValue {
        guard text.isUTF8 else { throw MessageError(.unsendable, name) }
        return .string(text)
    }
}

extension ByteString {
    /// Whether the octets are well-formed UTF-8.
    var isUTF8: Bool { bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil }
}

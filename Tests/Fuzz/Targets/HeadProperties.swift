import Bytes
import HTTP
import JSON
import Messages

/// The input is the payload of a head frame between edge and worker.
enum HeadProperties {
    static func check(_ input: [UInt8]) throws {
        if let head = try? ProxyHead(input) { try checkRequest(head, input) }
        if let head = try? ProxyResponseHead(input) { try checkResponse(head, input) }
    }

    private static func checkRequest(_ head: ProxyHead, _ input: [UInt8]) throws {
        let written = head.encoded()
        try require((try? ProxyHead(written)) == head, "what was read is written so that it reads the same")
        try require((try? ProxyHead(written))?.encoded() == written, "writing again changes nothing")
        let json = try require(try? JSON.parse(input), "a head is JSON")
        try require(octets(json["target"]) == head.target, "the target is what JSON says")
        try require(octets(json["host"]) == head.host, "the host is what JSON says")
        try checkFields(head.fields, json["fields"])
    }

    private static func checkResponse(_ head: ProxyResponseHead, _ input: [UInt8]) throws {
        let written = head.encoded()
        try require((try? ProxyResponseHead(written)) == head, "what was read is written so that it reads the same")
        try require(100...599 ~= head.status, "the status is one")
        try checkFields(head.fields, try require(try? JSON.parse(input), "a head is JSON")["fields"])
    }

    /// The fields are those of the document, and could stand in a message.
    private static func checkFields(_ fields: HTTPFields, _ json: JSONValue?) throws {
        let texts = try require(json?.array, "fields are an array").map(octets)
        try require(texts.count == fields.count * 2, "none is added and none lost")
        for (index, field) in fields.enumerated() {
            let name = texts[index * 2].map { ASCII.lowercased($0) }
            try require(name == field.name.bytes && texts[index * 2 + 1] == field.value, "a field is as it was sent")
            try require(FieldName(field.name.bytes) != nil && FieldValue(field.value) != nil, "it cannot end its line")
        }
    }

    /// A string whose code points are octets.
    private static func octets(_ json: JSONValue?) -> ByteString? {
        json?.string.map { ByteString($0.text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }) }
    }
}

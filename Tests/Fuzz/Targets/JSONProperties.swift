import Bytes
import JSON

/// The input is a document, from a peer or of a person.
enum JSONProperties {
    private static let small = JSONLimits(bytes: 96, depth: 4, members: 12)

    static func check(_ input: [UInt8]) throws {
        let strict = try read(input, .message, .strict)
        let lenient = try read(input, .message, .configuration)
        if let strict { try require(strict == lenient, "every document is a configuration, and the same one") }
        guard let value = lenient else { return }
        try checkWritten(value)
        let shape = Shape(value)
        try require(shape.areTextsUTF8, "texts are UTF-8, and no name is there twice")
        let fits = input.count <= small.bytes && shape.depth <= small.depth && shape.members <= small.members
        try require((try read(input, small, .configuration) != nil) == fits, "limits are exact")
    }

    private static func read(_ input: [UInt8], _ limits: JSONLimits, _ dialect: JSON.Dialect) throws -> JSONValue? {
        do throws(JSONError) {
            return try JSON.parse(input, limits: limits, dialect: dialect)
        } catch {
            try require(0...input.count ~= error.offset, "the place of an error is in the document")
            return nil
        }
    }

    private static func checkWritten(_ value: JSONValue) throws {
        let limits = JSONLimits(bytes: .max, depth: 512, members: .max)
        let written = JSON.write(value)
        let again = try read(written, limits, .strict)
        try require(again == value, "what is written reads the same")
        try require(again.map { JSON.write($0) } == written, "writing again changes nothing")
        try require(written.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "no control character is written")
    }
}

/// What a second reader sees of a document.
private struct Shape {
    private(set) var depth = 0
    private(set) var members = 0
    private(set) var areTextsUTF8 = true

    init(_ value: JSONValue) { add(value, level: 0) }

    private mutating func add(_ value: JSONValue, level: Int) {
        depth = max(depth, level)
        switch value {
        case .string(let text): check(text)
        case .array(let elements):
            depth = max(depth, level + 1)
            members += elements.count
            for element in elements { add(element, level: level + 1) }
        case .object(let object):
            depth = max(depth, level + 1)
            members += object.count
            areTextsUTF8 = areTextsUTF8 && Set(object.names).count == object.count
            for member in object.members {
                check(member.name)
                add(member.value, level: level + 1)
            }
        case .null, .bool, .number: break
        }
    }

    private mutating func check(_ text: ByteString) {
        areTextsUTF8 = areTextsUTF8 && String(validating: text.bytes, as: UTF8.self) != nil
    }
}

import Bytes

/// A recursive-descent reader; `JSONLimits.depth` bounds the recursion.
struct JSONParser {
    let bytes: [UInt8]
    let limits: JSONLimits
    let dialect: JSON.Dialect
    var index = 0
    private var depth = 0
    private var members = 0

    init(_ bytes: [UInt8], limits: JSONLimits, dialect: JSON.Dialect) {
        self.bytes = bytes
        self.limits = limits
        self.dialect = dialect
    }

    mutating func document() throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else { throw JSONError(.tooLong, offset: limits.bytes) }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw JSONError(.byteOrderMark, offset: 0) }
        try skipBlank()
        let value = try value()
        try skipBlank()
        guard index == bytes.count else { throw error(.trailingBytes) }
        return value
    }

    func error(_ kind: JSONError.Kind) -> JSONError { JSONError(kind, offset: index) }

    /// The octet at the index; the document must not end here.
    func current() throws(JSONError) -> UInt8 {
        guard index < bytes.count else { throw error(.unexpectedEnd) }
        return bytes[index]
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch try current() {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw error(.unexpectedByte)
        }
    }

    private mutating func word(_ spelling: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for expected in spelling.utf8 {
            guard try current() == expected else { throw error(.unexpectedByte) }
            index += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
        guard let length = JSONNumber.lengthOfNumber(in: bytes, at: index) else { throw error(.invalidNumber) }
        defer { index += length }
        return JSONNumber(validated: bytes[index..<index + length])
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        try open()
        while try !closes(UInt8(ascii: "]"), first: elements.isEmpty) {
            try countMember()
            elements.append(try value())
        }
        return elements
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        var found: [JSONObject.Member] = []
        var names = NameSet()
        try open()
        while try !closes(UInt8(ascii: "}"), first: found.isEmpty) {
            try countMember()
            let start = index
            guard try current() == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
            let name = try string()
            guard names.insert(name, after: found) else { throw JSONError(.duplicateMember, offset: start) }
            try skipBlank()
            guard try current() == UInt8(ascii: ":") else { throw error(.unexpectedByte) }
            index += 1
            try skipBlank()
            found.append(JSONObject.Member(name: name, value: try value()))
        }
        return JSONObject(unique: found)
    }

    private mutating func open() throws(JSONError) {
        guard depth < limits.depth else { throw error(.tooDeep) }
        depth += 1
        index += 1
    }

    private mutating func countMember() throws(JSONError) {
        guard members < limits.members else { throw error(.tooManyMembers) }
        members += 1
    }

    /// Whether the array or object ends here; otherwise goes to its next element, over the comma before it.
    private mutating func closes(_ end: UInt8, first: Bool) throws(JSONError) -> Bool {
        try skipBlank()
        if try current() == end { return close() }
        if first { return false }
        guard bytes[index] == UInt8(ascii: ",") else { throw error(.unexpectedByte) }
        index += 1
        try skipBlank()
        guard try current() == end else { return false }
        guard dialect == .configuration else { throw error(.unexpectedByte) }
        return close()
    }

    private mutating func close() -> Bool {
        depth -= 1
        index += 1
        return true
    }
}

/// The names of an object so far: looked up one by one while there are few, hashed when there are many, so that a
/// large object does not take quadratic time.
private struct NameSet {
    private static let few = 12
    private var hashed: Set<ByteString> = []

    /// Whether the name is new.
    mutating func insert(_ name: ByteString, after found: [JSONObject.Member]) -> Bool {
        if found.count < Self.few { return !found.contains { $0.name == name } }
        if hashed.isEmpty { hashed = Set(found.map(\.name)) }
        return hashed.insert(name).inserted
    }
}

import Bytes
import JSON

/// Reads the members of an object, each at most once, and refuses what is left over.
struct MemberReader {
    private let object: JSONObject
    private var taken = 0

    init(_ value: JSONValue) throws(MessageError) {
        guard case .object(let object) = value else { throw MessageError(.malformed) }
        self.object = object
    }

    /// Every member has been read; any other is unknown.
    func end() throws(MessageError) {
        guard taken == object.members.count else { throw MessageError(.unknownMember) }
    }

    /// A member that may be absent; `null` is no way to say absent.
    mutating func optionalValue(_ name: ByteString) -> JSONValue? {
        guard let value = object[name] else { return nil }
        taken += 1
        return value
    }

    mutating func value(_ name: ByteString) throws(MessageError) -> JSONValue {
        guard let value = optionalValue(name) else { throw MessageError(.missingMember, name) }
        return value
    }

    /// The member turned into `T`, or nil when it is absent.
    mutating func optional<T>(_ name: ByteString, _ convert: (JSONValue) -> T?) throws(MessageError) -> T? {
        guard let value = optionalValue(name) else { return nil }
        guard let converted = convert(value) else { throw MessageError(.invalidMember, name) }
        return converted
    }

    mutating func required<T>(_ name: ByteString, _ convert: (JSONValue) -> T?) throws(MessageError) -> T {
        guard let converted = convert(try value(name)) else { throw MessageError(.invalidMember, name) }
        return converted
    }
}

extension MemberReader {
    mutating func text(_ name: ByteString) throws(MessageError) -> ByteString { try required(name, \.string) }

    mutating func optionalText(_ name: ByteString) throws(MessageError) -> ByteString? { try optional(name, \.string) }

    mutating func bool(_ name: ByteString) throws(MessageError) -> Bool { try required(name, \.bool) }

    /// A whole number that counts something: never negative.
    mutating func count(_ name: ByteString) throws(MessageError) -> Int64 { try required(name, Self.count) }

    mutating func optionalCount(_ name: ByteString) throws(MessageError) -> Int64? { try optional(name, Self.count) }

    mutating func object(_ name: ByteString) throws(MessageError) -> JSONObject { try required(name, \.object) }

    mutating func list<T>(_ name: ByteString, _ convert: (JSONValue) -> T?) throws(MessageError) -> [T] {
        try required(name) { value in Self.list(value, convert) }
    }

    mutating func handle(_ name: ByteString) throws(MessageError) -> Handle { try required(name, Handle.init(json:)) }

    mutating func optionalHandle(_ name: ByteString) throws(MessageError) -> Handle? {
        try optional(name, Handle.init(json:))
    }

    mutating func digest(_ name: ByteString) throws(MessageError) -> Digest { try required(name, Digest.init(json:)) }

    mutating func session(_ name: ByteString) throws(MessageError) -> SessionTag {
        try required(name, SessionTag.init(json:))
    }

    mutating func pass(_ name: ByteString) throws(MessageError) -> Pass {
        try required(name) { value in value.string.flatMap(Pass.init) }
    }

    private static func count(_ value: JSONValue) -> Int64? {
        guard let number = value.integer, number >= 0 else { return nil }
        return number
    }

    private static func list<T>(_ value: JSONValue, _ convert: (JSONValue) -> T?) -> [T]? {
        guard let values = value.array else { return nil }
        let converted = values.compactMap(convert)
        return converted.count == values.count ? converted : nil
    }
}

extension Handle {
    init?(json: JSONValue) {
        guard let bytes = json.string.flatMap(Base64.decodeURL) else { return nil }
        self.init(bytes)
    }

    var json: JSONValue { .string(Base64.encodeURL(bytes)) }
}

extension Digest {
    init?(json: JSONValue) {
        guard let bytes = json.string.flatMap(Base64.decodeURL) else { return nil }
        self.init(bytes)
    }

    var json: JSONValue { .string(Base64.encodeURL(bytes)) }
}

extension SessionTag {
    init?(json: JSONValue) {
        guard let bytes = json.string.flatMap(Base64.decodeURL) else { return nil }
        self.init(bytes)
    }

    var json: JSONValue { .string(Base64.encodeURL(bytes)) }
}

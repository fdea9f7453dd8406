public import Bytes

/// A JSON value (RFC 8259 §3).
///
/// Two values are equal when they are written alike: numbers by their spelling, objects with their members in order.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    /// UTF-8 when it comes from a document.
    case string(ByteString)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// The text of a string, nil for every other kind of value.
    public var string: ByteString? { if case .string(let value) = self { value } else { nil } }

    /// The value of a number without fraction and exponent that fits, nil for everything else.
    public var integer: Int64? { number?.integer }

    public var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }

    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    public var isNull: Bool { self == .null }

    /// A member of an object, nil when this is no object or has no such member.
    public subscript(_ name: ByteString) -> JSONValue? { object?[name] }

    /// The number in decimal.
    public static func integer(_ value: some FixedWidthInteger) -> JSONValue { .number(JSONNumber(value)) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(ByteString(value)) }

    public init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }

    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public init(nilLiteral: ()) { self = .null }

    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    public init(dictionaryLiteral elements: (ByteString, JSONValue)...) { self = .object(JSONObject(elements)) }
}

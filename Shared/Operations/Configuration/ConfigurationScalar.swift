public import Bytes
import JSON
public import Platform

/// How one kind of value is written in a configuration.
public struct ConfigurationScalar<Value> {
    /// What it must be, for people: "a duration".
    public let expected: String
    /// How to write one.
    public let hint: String
    /// What reading goes on with after a problem; never seen by a service that runs.
    public let placeholder: Value
    /// The value, nil when it is not what is expected.
    let read: (JSONValue) -> Value?
    /// The value of an environment variable.
    let readVariable: (ByteString) -> Value?

    /// A kind that is written as a JSON string, and without the quotation marks in a variable.
    public init(expected: String, hint: String, placeholder: Value, _ convert: @escaping (ByteString) -> Value?) {
        self.expected = expected
        self.hint = hint
        self.placeholder = placeholder
        read = { $0.string.flatMap(convert) }
        readVariable = convert
    }

    /// The same way of writing, for another type.
    public func map<Other>(_ convert: @escaping (Value) -> Other) -> ConfigurationScalar<Other> {
        ConfigurationScalar<Other>(self, convert)
    }

    private init<Source>(_ source: ConfigurationScalar<Source>, _ convert: @escaping (Source) -> Value) {
        expected = source.expected
        hint = source.hint
        placeholder = convert(source.placeholder)
        read = { source.read($0).map(convert) }
        readVariable = { source.readVariable($0).map(convert) }
    }

    /// A kind that is written as another JSON value, in a variable as in JSON.
    init(expected: String, hint: String, placeholder: Value, literal: @escaping (JSONValue) -> Value?) {
        self.expected = expected
        self.hint = hint
        self.placeholder = placeholder
        read = literal
        readVariable = { text in (try? JSON.parse(text)).flatMap(literal) }
    }
}

extension ConfigurationScalar<ByteString> {
    /// Text with at least one character and without control characters.
    public static var string: Self {
        Self(expected: "a text that is not empty", hint: "write it between quotation marks", placeholder: .empty) {
            text in
            text.isEmpty || text.bytes.contains { $0 < 0x20 || $0 == 0x7F } ? nil : text
        }
    }

    /// As `string`, with a certain end.
    static func string(ending suffix: String) -> Self {
        Self(expected: "a text that ends in \(suffix)", hint: "write \(suffix) behind the name", placeholder: .empty) {
            text in
            string.readVariable(text).flatMap { $0.text.hasSuffix(suffix) ? $0 : nil }
        }
    }
}

extension ConfigurationScalar<Int> {
    public static func integer(in range: ClosedRange<Int> = 0...Int.max) -> Self {
        let bounds =
            range.upperBound == .max ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        let hint = "write the digits without quotation marks"
        return Self(expected: "a whole number \(bounds)", hint: hint, placeholder: range.lowerBound) {
            (value: JSONValue) in
            value.integer.flatMap(Int.init(exactly:)).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Octets, with a unit.
    public static func size(in range: ClosedRange<Int> = 0...Int.max) -> Self {
        let bounds = "from \(Quantity.text(size: range.lowerBound)) to \(Quantity.text(size: range.upperBound))"
        let expected = range.upperBound == .max ? "a size" : "a size \(bounds)"
        let hint = "write a number with B, KiB, MiB or GiB, such as \"1MiB\""
        return Self(expected: expected, hint: hint, placeholder: range.lowerBound) { text in
            Quantity.size(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ConfigurationScalar<UInt32> {
    /// A numeric user id; the last one stands for none.
    public static var uid: Self {
        ConfigurationScalar<Int>.integer(in: 0...Int(UInt32.max - 1)).map { UInt32(clamping: $0) }
    }
}

extension ConfigurationScalar<Bool> {
    public static var boolean: Self {
        let hint = "write it without quotation marks"
        return Self(expected: "true or false", hint: hint, placeholder: false) { (value: JSONValue) in value.bool }
    }
}

extension ConfigurationScalar<Duration> {
    public static func duration(in range: ClosedRange<Duration> = .zero ... .seconds(10 * 365 * 86_400)) -> Self {
        let bounds = "from \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
        let hint = "write a number with ms, s, m, h or d, such as \"30s\""
        return Self(expected: "a duration \(bounds)", hint: hint, placeholder: range.lowerBound) { text in
            Quantity.duration(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ConfigurationScalar<SocketAddress> {
    public static var address: Self {
        let hint = "write it as \"127.0.0.1:8080\", \"[::1]:8080\" or \"*:8080\""
        let nowhere = SocketAddress.v4([127, 0, 0, 1], port: 0)
        return Self(expected: "a numeric address with a port", hint: hint, placeholder: nowhere) { text in
            SocketAddress(text.text)
        }
    }
}

extension ConfigurationScalar where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of a few words.
    public static func choice(_ placeholder: Value) -> Self {
        let words = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return Self(expected: "one of \(words)", hint: "choose one of them", placeholder: placeholder) { text in
            Value.allCases.first { ByteString($0.rawValue) == text }
        }
    }
}

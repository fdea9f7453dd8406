internal import Bytes
internal import JSON

/// Reads one object of `routes.json` and notes everything that is wrong with it instead of stopping at the first.
struct MemberReader {
    let path: String
    private let object: JSONObject
    private let isObject: Bool
    private var taken: Set<ByteString> = []
    private(set) var problems: [RouteProblem] = []

    /// A value that is no object reads as an empty one, with a problem noted.
    init(_ value: JSONValue, path: String) {
        self.path = path
        object = value.object ?? JSONObject()
        isObject = value.object != nil
        if !isObject { problem("", "not an object", hint: "write {…} here") }
    }

    mutating func problem(_ name: String, _ message: String, hint: String) {
        problems.append(RouteProblem(name.isEmpty ? path : "\(path).\(name)", message, hint: hint))
    }

    /// The member, unless it is absent or null.
    mutating func value(_ name: ByteString) -> JSONValue? {
        taken.insert(name)
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// Whether a member is not there, or `null`, which says the same.
    func isAbsent(_ name: ByteString) -> Bool { object[name]?.isNull ?? true }

    mutating func text(_ name: ByteString) -> ByteString? {
        read(name, hint: "write a string that is not empty") { $0.string.flatMap { $0.isEmpty ? nil : $0 } }
    }

    mutating func requiredText(_ name: ByteString, hint: String) -> ByteString {
        if let text = text(name) { return text }
        // What is no object at all has its problem already.
        if isAbsent(name), isObject { problem(name.text, "missing", hint: hint) }
        return .empty
    }

    mutating func flag(_ name: ByteString, default fallback: Bool) -> Bool {
        read(name, hint: "write true or false", \.bool) ?? fallback
    }

    /// One of the spellings of an enum.
    mutating func choice<Choice: RawRepresentable<ByteString> & CaseIterable>(
        _ name: ByteString, default fallback: Choice
    ) -> Choice {
        let spellings = Choice.allCases.map { "\"\($0.rawValue.text)\"" }.joined(separator: ", ")
        return read(name, hint: "write one of \(spellings)") { $0.string.flatMap(Choice.init(rawValue:)) } ?? fallback
    }

    mutating func texts(_ name: ByteString) -> [ByteString] {
        read(name, hint: "write a list of strings, such as [\"a\", \"b\"]") { value in
            value.array.flatMap { list in
                let texts = list.compactMap(\.string)
                return texts.count == list.count ? texts : nil
            }
        } ?? []
    }

    /// Bytes: a number, or text such as `1MiB`.
    mutating func size(_ name: ByteString, default fallback: UInt64) -> UInt64 {
        read(name, hint: "write a number of bytes or text such as \"64KiB\", \"1MiB\", \"2GiB\"", Quantity.bytes)
            ?? fallback
    }

    /// Milliseconds, from text such as `5s`; nil when absent or null.
    mutating func duration(_ name: ByteString) -> UInt32? {
        read(name, hint: "write text such as \"500ms\", \"5s\", \"1m\", \"2h\"", Quantity.milliseconds)
    }

    /// How often: text such as `100/s`; nil when absent or null.
    mutating func rate(_ name: ByteString) -> Rate? {
        read(name, hint: "write text such as \"100/s\", \"600/m\", \"1000/h\"") { $0.string.flatMap { Rate($0) } }
    }

    /// Reads a member that is an object itself; an absent one reads as an empty object.
    mutating func nested<T>(_ name: ByteString, _ body: (inout MemberReader) -> T) -> T {
        var reader = MemberReader(value(name) ?? .object(JSONObject()), path: "\(path).\(name.text)")
        let result = body(&reader)
        problems += reader.finish()
        return result
    }

    /// Notes every member that nobody asked for and answers all problems.
    mutating func finish() -> [RouteProblem] {
        for name in object.names where !taken.contains(name) {
            problem(name.text, "unknown key", hint: "known here: \(taken.sorted().map(\.text).joined(separator: ", "))")
        }
        return problems
    }

    private mutating func read<T>(_ name: ByteString, hint: String, _ convert: (JSONValue) -> T?) -> T? {
        guard let value = value(name) else { return nil }
        if let converted = convert(value) { return converted }
        problem(name.text, "not usable: \(ByteString(JSON.write(value).prefix(60)).text)", hint: hint)
        return nil
    }
}

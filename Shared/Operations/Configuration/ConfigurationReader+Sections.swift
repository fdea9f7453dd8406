import Bytes
import JSON

extension ConfigurationReader {
    /// An object inside this one. When it is missing, its keys are read as if it were there and empty.
    public func section<Value>(_ key: String, _ body: (ConfigurationReader) -> Value) -> Value {
        let name = variableName(key)
        switch lookUp(key) {
        case nil: return read(JSONObject(), in: file, at: placeOf(key), name, body)
        case .object(let object)?: return read(object, in: file, at: placeOf(key), name, body)
        case _?:
            problem(key, "must be an object", hint: "put its keys between { and }")
            return read(JSONObject(), in: file.muted, at: placeOf(key), nil, body)
        }
    }

    /// An object inside this one that may be missing or null.
    public func optionalSection<Value>(_ key: String, _ body: (ConfigurationReader) -> Value) -> Value? {
        switch lookUp(key) {
        case nil, .null?: nil
        case _?: section(key, body)
        }
    }

    /// A list of objects, of which `atLeast` so many are needed; empty when it is missing.
    public func list<Value>(
        _ key: String, atLeast: Int = 0, _ body: (ConfigurationReader) -> Value
    ) -> [Value] {
        elements(key, atLeast: atLeast).compactMap { place, element in
            guard let object = element.object else {
                file.problem(place, "must be an object", hint: "put its keys between { and }")
                return nil
            }
            return read(object, in: file, at: place, nil, body)
        }
    }

    /// A list of scalars; `default` when it is missing.
    public func values<Value>(
        _ key: String, _ kind: ConfigurationScalar<Value>, default: [Value] = [], atLeast: Int = 0
    ) -> [Value] {
        if lookUp(key) == nil, `default`.count >= atLeast { return `default` }
        return elements(key, atLeast: atLeast).compactMap { place, element in
            let value = kind.read(element)
            if value == nil { file.problem(place, "must be \(kind.expected)", hint: kind.hint) }
            return value
        }
    }

    /// An object whose names are the writer's own, with scalars as values; empty when it is missing.
    public func table<Value>(_ key: String, _ kind: ConfigurationScalar<Value>) -> [(name: String, value: Value)] {
        guard let found = lookUp(key) else { return [] }
        guard let object = found.object else {
            problem(key, "must be an object", hint: "put names and values between { and }")
            return []
        }
        let inner = ConfigurationReader(file, object, place: placeOf(key), variable: nil)
        return object.members.compactMap { member in
            let value = kind.read(member.value)
            if value == nil { file.problem(inner.place(of: member.name), "must be \(kind.expected)", hint: kind.hint) }
            return value.map { (member.name.text, $0) }
        }
    }

    private func placeOf(_ key: String) -> String { place(of: .init(key)) }

    private func read<Value>(
        _ object: JSONObject, in file: ConfigurationFile, at place: String, _ variable: String?,
        _ body: (ConfigurationReader) -> Value
    ) -> Value {
        let reader = ConfigurationReader(file, object, place: place, variable: variable)
        let value = body(reader)
        reader.reportUnknownKeys()
        return value
    }

    private func elements(_ key: String, atLeast: Int) -> [(place: String, value: JSONValue)] {
        let found = lookUp(key) ?? .array([])
        guard let elements = found.array else {
            problem(key, "must be a list", hint: "put it between [ and ]")
            return []
        }
        if elements.count < atLeast {
            problem(key, "needs at least \(atLeast)", hint: "put them between [ and ]")
        }
        return elements.enumerated().map { ("\(placeOf(key))[\($0.offset)]", $0.element) }
    }
}

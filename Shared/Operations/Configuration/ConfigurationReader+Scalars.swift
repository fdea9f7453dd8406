public import Bytes
import JSON
public import Platform

extension ConfigurationReader {
    /// A scalar. Without a default the key must be there.
    public func value<Value>(
        _ key: String, _ kind: ConfigurationScalar<Value>, default: Value? = nil
    ) -> Value {
        switch find(key, kind, nullable: false) {
        case .value(let value): return value
        case .refused: return kind.placeholder
        case .missing:
            if let `default` { return `default` }
            problem(key, "missing", hint: "it has no default: give \(kind.expected)")
            return kind.placeholder
        }
    }

    /// A scalar that may be missing or null.
    public func optional<Value>(_ key: String, _ kind: ConfigurationScalar<Value>) -> Value? {
        if case .value(let value) = find(key, kind, nullable: true) { value } else { nil }
    }

    public func string(_ key: String, default: ByteString? = nil) -> ByteString {
        value(key, .string, default: `default`)
    }

    public func integer(_ key: String, default: Int? = nil, in range: ClosedRange<Int> = 0...Int.max) -> Int {
        value(key, .integer(in: range), default: `default`)
    }

    /// `loops`: how many threads a service works with. 0 stands for one on each core that the process may use.
    public func loops() -> Int {
        let count = integer("loops", default: 1, in: 0...LoopGroup.most)
        return count == 0 ? LoopGroup.usableCores : count
    }

    public func boolean(_ key: String, default: Bool? = nil) -> Bool { value(key, .boolean, default: `default`) }

    /// `"30s"`, `"250ms"`, `"8h"`.
    public func duration(
        _ key: String, default: Duration? = nil, in range: ClosedRange<Duration> = .zero ... .seconds(10 * 365 * 86_400)
    ) -> Duration {
        value(key, .duration(in: range), default: `default`)
    }

    /// Octets: `"1MiB"`.
    public func size(_ key: String, default: Int? = nil, in range: ClosedRange<Int> = 0...Int.max) -> Int {
        value(key, .size(in: range), default: `default`)
    }

    /// A numeric address and a port.
    public func address(_ key: String, default: SocketAddress? = nil) -> SocketAddress {
        value(key, .address, default: `default`)
    }

    /// One of an enumeration's words.
    public func choice<Value>(_ key: String, default: Value) -> Value
    where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
        value(key, .choice(`default`), default: `default`)
    }

    /// A path; a relative one starts at the configuration file's directory.
    public func path(_ key: String, ending suffix: String = "", default: String? = nil) -> String {
        let kind = suffix.isEmpty ? ConfigurationScalar.string : .string(ending: suffix)
        return file.resolve(value(key, kind, default: `default`.map { ByteString($0) }).text)
    }

    /// A path that may be missing or null.
    public func optionalPath(_ key: String) -> String? { optional(key, .string).map { file.resolve($0.text) } }

    private enum Finding<Value> {
        case missing
        case refused
        case value(Value)
    }

    private func find<Value>(_ key: String, _ kind: ConfigurationScalar<Value>, nullable: Bool) -> Finding<Value> {
        let written = lookUp(key)
        if let (name, text) = override(key) {
            if let value = kind.readVariable(text) { return .value(value) }
            problem(key, "in the environment's \(name) it must be \(kind.expected)", hint: kind.hint)
            return .refused
        }
        guard let written else { return .missing }
        if nullable, written.isNull { return .missing }
        if let value = kind.read(written) { return .value(value) }
        problem(key, "must be \(kind.expected)", hint: kind.hint)
        return .refused
    }
}

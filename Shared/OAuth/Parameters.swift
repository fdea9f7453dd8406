import Bytes

/// Name and value pairs as `application/x-www-form-urlencoded` writes them, in a body or in a query.
struct Parameters {
    private(set) var pairs: [(name: ByteString, value: [UInt8])] = []

    mutating func append(_ name: ByteString, _ value: ByteString) { pairs.append((name, value.bytes)) }

    mutating func append(_ name: ByteString, _ value: ByteString?) {
        if let value { append(name, value) }
    }

    mutating func append(_ name: ByteString, _ value: Secret) { pairs.append((name, value.reveal())) }

    func encoded() -> [UInt8] {
        var out: [UInt8] = []
        for (name, value) in pairs {
            if !out.isEmpty { out.append(UInt8(ascii: "&")) }
            out += Percent.encodeForm(name.bytes).bytes
            out.append(UInt8(ascii: "="))
            out += Percent.encodeForm(value).bytes
        }
        return out
    }

    init() {}

    /// Nil when an escape is broken or a name occurs twice. An empty text has no pairs.
    init?(parsing text: ByteString) {
        var names: Set<ByteString> = []
        for part in text.bytes.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let value = equals.map { part[($0 + 1)...] } ?? []
            guard let name = Percent.decode(part[..<(equals ?? part.endIndex)], plusIsBlank: true).map(ByteString.init),
                let value = Percent.decode(value, plusIsBlank: true), names.insert(name).inserted
            else { return nil }
            pairs.append((name, value))
        }
    }

    /// The value of a name, and nothing for one that is not there.
    subscript(_ name: ByteString) -> ByteString? {
        pairs.first { $0.name == name }.map { ByteString($0.value) }
    }
}

internal import Bytes
internal import HTTP

extension Form {
    /// Reads parameters of which none may come twice (RFC 6749 §3.1).
    static func unique(parsing text: ByteString) -> Form? {
        guard let form = try? Form(parsing: text), Set(form.pairs.map(\.name)).count == form.pairs.count else {
            return nil
        }
        return form
    }

    /// The value of a name in a form without repeated names.
    subscript(_ name: ByteString) -> ByteString? { pairs.first { $0.name == name }?.value }

    /// Appends nothing for nil.
    mutating func append(_ name: ByteString, _ value: ByteString?) {
        guard let value else { return }
        append(name, value)
    }

    mutating func append(_ name: ByteString, _ value: Secret) { append(name, ByteString(value.reveal())) }
}

/// A space-delimited list.
func joined(_ words: [ByteString]) -> ByteString { ByteString(words.map(\.bytes).joined(separator: [0x20])) }

/// The parts of a space-delimited list.
func words(_ list: ByteString) -> [ByteString] { list.bytes.split(separator: 0x20).map { ByteString($0) } }

import Bytes
import HTTP
import ScriptedServer

@testable import HTTPClient

/// Fields of any names.
func fields(_ pairs: KeyValuePairs<ByteString, ByteString>) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in pairs { _ = fields.append(name: name.bytes[...], value: value.bytes[...]) }
    return fields
}

extension HTTPFields {
    func value(_ name: ByteString) -> ByteString? { FieldName(name).flatMap { first($0) } }
}

extension HTTPClient {
    /// The body of a GET of `/`.
    func get(_ server: ScriptedServer, _ deadlines: ExchangeDeadlines = .init()) async throws -> ByteString {
        let exchange = try await send(ClientRequest(.get, try server.origin, try RequestTarget("/")), deadlines)
        _ = try await exchange.response()
        return try await exchange.collect()
    }
}

extension Exchange {
    func collect() async throws -> ByteString {
        var content: [UInt8] = []
        while let piece = try await nextBody() { content += piece }
        return ByteString(content)
    }
}

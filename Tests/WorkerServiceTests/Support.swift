import Bytes
import Crypto
import HTTP
import JSON
import Messages
import Session
import Testing

@testable import WorkerService

/// Routes as `routes.json` writes them.
func routes(_ text: String) throws -> Routes {
    try Routes(try JSON.parse(Array(text.utf8), dialect: .configuration), sha256: Hash.sha256)
}

/// The route of one entry, to an upstream at `url`.
func route(_ url: String = "https://api.internal", _ rest: String = "\"target\":\"api\"") throws -> Route {
    let text = #"{"routes":[{"id":"r","path":"/api/","strip":"/api","upstream":{"url":"\#(url)"},\#(rest)}]}"#
    return try #require(try routes(text).all.first)
}

/// Fields of any names.
func fields(_ pairs: KeyValuePairs<ByteString, ByteString>) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in pairs { _ = fields.append(name: name.bytes[...], value: value.bytes[...]) }
    return fields
}

extension HTTPFields {
    func value(_ name: ByteString) -> ByteString? { FieldName(name).flatMap { first($0) } }

    var names: Set<ByteString> { Set(map { $0.name.bytes }) }
}

func head(
    _ method: HTTPMethod = .get, _ target: ByteString = "/api/a", route: ByteString = "r", routes: ByteString = "d",
    pass: Pass? = Pass("pass"), fields: HTTPFields = [:], client: ByteString = "192.0.2.1",
    host: ByteString = "app.example", requestID: ByteString = "id-1"
) -> ProxyHead {
    ProxyHead(
        route: route, routes: routes, pass: pass, method: method, target: target, fields: fields,
        requestID: requestID, client: client, proto: .https, host: host,
        deadline: ExchangeDeadline(firstByte: 5000, idle: 5000))
}

extension Abort {
    /// What a result refuses with.
    static func of<Value>(_ result: Result<Value, Abort>) -> Abort? {
        if case .failure(let abort) = result { abort } else { nil }
    }
}

internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Operations

/// The operations listener: `/healthz`, `/readyz` and `/metrics` for the machine's own tools. Nothing that a browser
/// sends reaches it, and nothing here opens anything.
struct OperationsHandler: HTTPHandler {
    let metrics: Metrics
    /// Why the process cannot serve now; nil when it can.
    let obstacle: @Sendable () async -> ByteString?

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) async {
        await responder.send(await answer(request))
    }

    private func answer(_ request: HTTPRequest) async -> HTTPResponse {
        guard request.head.method == .get || request.head.method == .head else {
            var response = text(405, "method not allowed\n")
            response.fields.append(.allow, "GET, HEAD")
            return response
        }
        switch request.head.target.path {
        case "/healthz": return text(200, "ok\n")
        case "/readyz":
            guard let obstacle = await obstacle() else { return text(200, "ready\n") }
            return text(503, obstacle + "\n")
        case "/metrics":
            var response = text(200, ByteString(metrics.render()))
            if let type = FieldValue(Metrics.mediaType) { response.fields.set(.contentType, type) }
            return response
        default: return text(404, "not found\n")
        }
    }

    private func text(_ status: UInt16, _ text: ByteString) -> HTTPResponse {
        let fields: HTTPFields = [
            .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ]
        return HTTPResponse(status: status, fields: fields, body: text.bytes)
    }

    func rejection(_ fault: HTTPFault, from client: HTTPClientAddress) -> HTTPResponse {
        text(fault.status, ByteString(fault.reason) + "\n")
    }
}

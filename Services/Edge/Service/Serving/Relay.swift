internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Messages
internal import RPC
internal import Session

/// Passes a worker's answer on to the browser.
struct Relay {
    private let visit: Visit
    private let route: Route
    private let stream: RPCStream
    /// With content on its way up, the time for the head begins at its end.
    private let headLimit: Duration?
    private let pieceLimit: Duration

    init(_ delivery: Delivery, _ stream: RPCStream) {
        headLimit = delivery.visit.request.hasBody ? nil : delivery.headLimit
        pieceLimit = delivery.pieceLimit
        visit = delivery.visit
        route = delivery.route
        self.stream = stream
    }

    /// Runs to the end of the answer. A failure before its head can still be told; after it the answer is cut, so that
    /// nothing passes for whole.
    func run() async -> ProxyHandler.Outcome {
        var hasStarted = false
        do throws(RPCError) {
            while true {
                switch try await stream.receive(within: hasStarted ? pieceLimit : headLimit) {
                case .head(let payload):
                    try await start(payload)
                    hasStarted = true
                case .body(let bytes):
                    guard await visit.responder.write(bytes[...]) else {
                        stream.abort(Abort(.cancelled))
                        return .answered
                    }
                case .end:
                    guard hasStarted else { throw .invalid(MessageError(.malformed)) }
                    await visit.responder.finish()
                    return .answered
                }
            }
        } catch {
            guard hasStarted else { return .failed(Delivery.Failure(error)) }
            stream.abort(Abort(.cancelled))
            await visit.responder.cut()
            return .answered
        }
    }

    private func start(_ payload: [UInt8]) async throws(RPCError) {
        var head: ProxyResponseHead
        do throws(MessageError) { head = try ProxyResponseHead(payload) } catch { throw .invalid(error) }
        var length: UInt64?
        if let text = head.fields[.contentLength] {
            guard head.fields.count(of: .contentLength) == 1, let value = Decimal.parse(text) else {
                throw .invalid(MessageError(.invalidMember, "content-length"))
            }
            length = value
        }
        amend(&head.fields)
        await visit.responder.start(status: head.status, fields: head.fields, length: length)
    }

    /// The upstream's fields, and what the edge answers for. The worker has cleaned them; what would touch our cookies
    /// or open our origin is taken out here once more.
    private func amend(_ fields: inout HTTPFields) {
        fields.remove(Self.withheld)
        if route.session != .none { Self.forbidStoring(&fields) }
        if !fields.contains(.xContentTypeOptions) { fields.append(.xContentTypeOptions, Self.nosniff) }
        if let id = FieldValue(visit.requestID) { fields.append(.xRequestID, id) }
        CrossOrigin.open(&fields, visit)
    }

    private static let withheld = FieldFilter([
        .setCookie, .clearSiteData, .accessControlAllowOrigin, .accessControlAllowCredentials, .xRequestID,
    ])

    private static let nosniff: FieldValue = "nosniff"
    private static let noStore: FieldValue = "no-store"
    private static let cookie: FieldValue = "Cookie"

    /// What depends on a session is never kept by a shared cache; a browser's own may keep it if the upstream says so.
    private static func forbidStoring(_ fields: inout HTTPFields) {
        if !isPrivate(fields) { fields.set(.cacheControl, noStore) }
        fields.append(.vary, cookie)
    }

    /// Whether the upstream keeps shared caches out (RFC 9111 §5.2.2). `private="Name"` does not: it only keeps those
    /// fields out of them.
    static func isPrivate(_ fields: HTTPFields) -> Bool {
        guard fields.contains(.cacheControl) else { return false }
        let directives = fields.all(.cacheControl).flatMap { value in
            ASCII.lowercased(value).bytes.split(separator: UInt8(ascii: ",")).map { directive in
                ByteString(directive.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") })
            }
        }
        return !directives.contains("public") && (directives.contains("private") || directives.contains("no-store"))
    }
}

internal import HTTP

extension HTTPClient {
    /// Sends a small request and collects a response of at most `limit` octets of body.
    ///
    /// For a provider's endpoints. A request that is not safe is never sent twice; with an idle time of a few seconds
    /// it hardly ever meets a connection that the peer is just closing.
    public func fetch(
        _ request: ClientRequest, body: [UInt8]? = nil, limit: Int, _ deadlines: ExchangeDeadlines
    ) async throws(HTTPClientError) -> FetchedResponse {
        let exchange = try await send(body.map { request.with(.length(UInt64($0.count))) } ?? request, deadlines)
        if let body { try await exchange.writeAll(body) }
        let head = try await exchange.response()
        var content: [UInt8] = []
        exchange.limitBody(to: UInt64(clamping: limit))
        while let piece = try await exchange.nextBody() { content.append(contentsOf: piece) }
        return FetchedResponse(status: head.status, fields: head.fields, body: content)
    }
}

extension Exchange {
    /// Writes the whole body, unless the peer no longer wants it: then its response says why.
    fileprivate func writeAll(_ body: [UInt8]) async throws(HTTPClientError) {
        do throws(HTTPClientError) {
            try await write(body[...])
            try finish()
        } catch {
            guard error.kind == .connectionClosed || error.kind == .notWanted else { throw error }
        }
    }
}

public import HTTP

/// What answers requests.
public protocol HTTPHandler: Sendable {
    /// Answers one request. Runs in the connection's own task: the next request of the connection is looked at when
    /// this returns. Returning without a finished answer cuts the connection.
    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) async

    /// The answer to a request that could not be read. The connection is closed after it.
    func rejection(_ fault: HTTPFault, from client: HTTPClientAddress) -> HTTPResponse
}

public import Bytes
public import HTTP
public import Platform

/// Who is at the other end of a connection.
public struct HTTPClientAddress: Sendable, Hashable {
    public let address: SocketAddress
    /// The numeric address without the port.
    public let host: ByteString

    public init(_ address: SocketAddress) {
        self.address = address
        host = ByteString(address.host)
    }
}

/// A request whose head has been read. Its content is read piece by piece, when it is wanted.
public final class HTTPRequest: Sendable {
    public let head: RequestHead
    /// The other end of the connection.
    public let client: HTTPClientAddress
    let connection: HTTPConnection
    let exchange: UInt64

    init(head: consuming RequestHead, client: HTTPClientAddress, connection: HTTPConnection, exchange: UInt64) {
        self.head = head
        self.client = client
        self.connection = connection
        self.exchange = exchange
    }

    /// Where it is served. Whoever serves it stays there: every other function but this one asks for it.
    public var loop: Loop { connection.loop }

    /// The connection, for whoever is on its loop; anybody else is a mistake of this program.
    private var own: HTTPConnection {
        connection.loop.checkIsolated()
        return connection
    }

    /// Whether content follows the head.
    public var hasBody: Bool { head.hasContent }

    /// The most octets of content that are read; more is the error `.tooLarge`. To be said before the first `read()`.
    public func limitBody(to limit: UInt64) async { own.limitBody(to: limit, exchange) }

    /// The next piece of content; nil at its end. A client that waits for `100 Continue` gets it now.
    public func read() async throws(HTTPBodyError) -> ArraySlice<UInt8>? { try await own.readBody(exchange) }

    /// All of the content.
    public func readAll(upTo limit: Int) async throws(HTTPBodyError) -> [UInt8] {
        await limitBody(to: UInt64(max(0, limit)))
        var body: [UInt8] = []
        while let piece = try await read() { body += piece }
        return body
    }

    /// Gives up the rest of the content: whoever waits for it gets `.closed` now. The connection is closed after the
    /// answer.
    public func abandonBody() async { own.abandonBody(exchange) }

    /// Calls `gone` on the loop, once, when the client goes away before the answer is finished; at once if it has.
    public func onAbort(_ gone: @escaping @Sendable () -> Void) async { own.onAbort(gone, exchange) }
}

/// Why a request's content is not whole. After one, the connection is closed when the answer has been sent.
public enum HTTPBodyError: Error, Equatable, Sendable {
    case tooLarge
    case malformed(HTTPFault)
    /// It paused too long or came too slowly.
    case timedOut
    /// The client is gone.
    case closed
}

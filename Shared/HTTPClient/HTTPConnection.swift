internal import Bytes
internal import HTTP
internal import Platform

/// One HTTP/1.1 connection to an origin: between exchanges it is the client's, during one the exchange's.
final class HTTPConnection {
    let id: ConnectionPool.ID
    let transport: any Transport
    /// What has come and is not yet parsed.
    var input = ByteBuffer()
    var parser: ResponseParser
    /// Exchanges begun on it.
    var uses = 0
    /// The peer has closed its side: nothing can follow what is still to be read.
    var peerHasClosed = false

    init(_ id: ConnectionPool.ID, _ transport: any Transport, _ headLimit: Int) {
        self.id = id
        self.transport = transport
        parser = ResponseParser(limits: HTTPLimits(fields: headLimit))
    }

    /// Whether an idle connection can serve no more. A peer that ends it, or says something unasked, has ended it;
    /// TLS may have had something to say of its own, which is read and forgotten.
    func isStale() -> Bool {
        peerHasClosed || transport.isClosed || !input.isEmpty || !transport.isQuiet()
    }
}

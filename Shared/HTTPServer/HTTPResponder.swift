public import HTTP
internal import Platform

/// Where the answer to one request goes: either `send`, or `start`, any number of `write`s and `finish`.
public struct HTTPResponder: Sendable {
    let connection: HTTPConnection
    let exchange: UInt64

    /// The connection, for whoever is on its loop; anybody else is a mistake of this program.
    private var own: HTTPConnection {
        connection.loop.checkIsolated()
        return connection
    }

    /// Sends a whole answer. Content is left out where there may be none (HEAD, 204, 304).
    public func send(_ response: HTTPResponse) async { own.send(response, exchange) }

    /// Sends the head of an answer whose content follows: fields without Content-Length, Transfer-Encoding and
    /// Connection, and the content's length, nil when it is not known.
    public func start(status: UInt16, fields: HTTPFields, length: UInt64?) async {
        own.start(status: status, fields: fields, length: length, exchange)
    }

    /// Sends a piece of content; returns when the client has taken enough for the next one to make sense.
    /// False when the client is gone.
    public func write(_ bytes: ArraySlice<UInt8>) async -> Bool { await own.write(bytes, exchange) }

    /// Ends the answer.
    public func finish() async { own.finish(exchange) }

    /// Cuts the answer so that the client notices: nothing may be taken for the end.
    public func cut() async { own.cut(exchange) }

    /// What has been sent.
    public var progress: HTTPProgress { get async { own.progress } }
}

/// How far an answer has come.
public struct HTTPProgress: Sendable, Equatable {
    /// 0 while there is no answer.
    public var status: UInt16 = 0
    /// Octets of content.
    public var bodyBytes: UInt64 = 0
    /// Whether the answer is whole.
    public var isFinished = false

    public init() {}
}

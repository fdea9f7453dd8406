internal import HTTP

/// What a connection knows of the request it is answering.
struct Exchange {
    /// Distinguishes a late call for an earlier exchange. 0 before the first one.
    var id: UInt64 = 0
    var method = HTTPMethod.get
    var version = HTTPVersion.http11
    /// Whether another request may follow on the connection.
    var keepsAlive = false
    /// Whether the client still waits for `100 Continue`.
    var awaitsContinue = false
    var bodyHasEnded = true
    var bodyFault: HTTPBodyError?
    var pace = BodyPace()
    /// Nil while there is no answer.
    var framing: ResponseFraming?
    var progress = HTTPProgress()
    /// Told when the client goes away.
    var gone: (@Sendable () -> Void)?

    init() {}

    init(_ id: UInt64, _ head: RequestHead) {
        self.id = id
        method = head.method
        version = head.version
        keepsAlive = head.keepAlive
        awaitsContinue = head.expectsContinue
        bodyHasEnded = !head.hasContent
    }

    /// The exchange of a request that could not be read.
    init(rejected id: UInt64) { self.id = id }
}

extension RequestHead {
    /// Whether content follows.
    var hasContent: Bool { framing != .none && framing != .length(0) }
}

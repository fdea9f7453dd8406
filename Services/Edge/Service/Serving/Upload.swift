internal import HTTP
internal import HTTPServer
internal import Messages
internal import RPC

/// A request's content as far as it has been read. While it is short it is kept, so that it can be sent once more when
/// the worker that got it has done nothing.
struct ReadContent: Equatable {
    private(set) var bytes: [UInt8] = []
    /// All of it has been read, and is here.
    private(set) var isWhole = false
    private(set) var isShort = true

    /// What goes into one frame.
    private static let most = 16 << 10

    mutating func append(_ piece: ArraySlice<UInt8>, _ framing: BodyFraming) {
        isShort = isShort && bytes.count + piece.count <= Self.most
        if isShort { bytes += piece } else { bytes = [] }
        if case .length(let length) = framing, length == UInt64(bytes.count) { end() }
    }

    mutating func end() { isWhole = isShort }
}

/// Sends a request's content to the worker.
struct Upload {
    private let request: HTTPRequest
    private let stream: RPCStream
    private var content: ReadContent
    private let headLimit: Duration

    /// `content` is what an earlier attempt has read: nothing, or all. After it the answer must begin within `headLimit`.
    init(_ request: HTTPRequest, _ stream: RPCStream, _ content: ReadContent, headLimit: Duration) {
        self.request = request
        self.stream = stream
        self.content = content
        self.headLimit = headLimit
    }

    enum Result: Equatable {
        /// All of it, or as much as the worker wanted.
        case sent(ReadContent)
        /// The client's content is not whole.
        case broken(HTTPBodyError)
    }

    mutating func run() async -> Result {
        defer { stream.expectPart(within: headLimit) }
        do throws(HTTPBodyError) {
            if try await (content.isWhole ? sendAgain() : passOn()) { await stream.finish() }
        } catch .closed {
            // The client is gone, or its content is not wanted any more.
        } catch {
            stream.abort(Abort(.cancelled))
            return .broken(error)
        }
        return .sent(content)
    }

    private func sendAgain() async -> Bool { (try? await stream.send(content.bytes)) != nil }

    /// False when the worker takes no more. Then short content is read on, as long as nobody says that it is not wanted:
    /// another worker may take it.
    private mutating func passOn() async throws(HTTPBodyError) -> Bool {
        var isTaken = true
        while isTaken || content.isShort, let piece = try await request.read() {
            content.append(piece, request.head.framing)
            if isTaken { isTaken = (try? await stream.send(piece)) != nil }
        }
        content.end()
        return isTaken
    }
}

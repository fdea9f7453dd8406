import Bytes
import HTTP
import HTTPTestSupport
import Platform
import Synchronization

@testable import HTTPServer

/// Answers by path.
final class TestHandler: HTTPHandler {
    /// Clients that were seen to leave.
    let gone = Atomic<Int>(0)
    /// What `/release` waits for.
    let release = Atomic<Bool>(false)

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) async {
        switch request.head.target.path.text {
        case "/large":
            let size = request.head.target.query.flatMap { Int($0.text) } ?? 0
            await responder.send(HTTPResponse(status: 200, body: [UInt8](repeating: 0x78, count: size)))
        case "/echo": await echo(request, responder)
        case "/stream": await stream(responder)
        case "/endless": await endless(responder)
        case "/wait": await waitForTheEnd(request)
        case "/release": await waitForRelease(request, responder)
        case "/read-and-wait":
            async let gone: Void = waitForTheEnd(request)
            while (try? await request.read()) != nil {}
            await gone
        case "/cut":
            await responder.start(status: 200, fields: HTTPFields(), length: 10)
            _ = await responder.write([UInt8(ascii: "x")])
            await responder.cut()
        case "/short":
            await responder.start(status: 200, fields: HTTPFields(), length: 10)
            await responder.finish()
        case "/silent": break
        default: await responder.send(HTTPResponse(status: 200, body: Array(request.head.target.path.bytes)))
        }
    }

    private func echo(_ request: HTTPRequest, _ responder: HTTPResponder) async {
        do throws(HTTPBodyError) {
            let body = try await request.readAll(upTo: 1000)
            await responder.send(HTTPResponse(status: 200, body: body))
        } catch {
            await responder.send(HTTPResponse(status: error == .tooLarge ? 413 : error == .timedOut ? 408 : 400))
        }
    }

    private func stream(_ responder: HTTPResponder) async {
        await responder.start(status: 200, fields: HTTPFields(), length: nil)
        for piece in ["one", "", "two"] { _ = await responder.write(Array(piece.utf8)[...]) }
        await responder.finish()
    }

    private func endless(_ responder: HTTPResponder) async {
        await responder.start(status: 200, fields: HTTPFields(), length: nil)
        while await responder.write([UInt8](repeating: 0, count: 65536)[...]) {}
        gone.add(1, ordering: .relaxed)
    }

    private func waitForTheEnd(_ request: HTTPRequest) async {
        let loop = request.connection.loop
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            Task(executorPreference: loop) { await request.onAbort { unsafe continuation.resume() } }
        }
        gone.add(1, ordering: .relaxed)
    }

    private func waitForRelease(_ request: HTTPRequest, _ responder: HTTPResponder) async {
        await request.onAbort { self.gone.add(1, ordering: .relaxed) }
        while !release.load(ordering: .relaxed) { await request.loop.nextTurn() }
        await responder.send(HTTPResponse(status: 200, body: Array("released".utf8)))
    }

    func rejection(_ fault: HTTPFault, from client: HTTPClientAddress) -> HTTPResponse {
        HTTPResponse(status: fault.status, body: Array("no".utf8))
    }
}

/// A server on a thread of its own.
final class Fixture {
    let thread: LoopThread
    let server: HTTPServer
    let handler = TestHandler()
    let port: UInt16

    init(_ configure: (inout HTTPServerLimits) -> Void = { _ in }) async throws {
        var limits = HTTPServerLimits()
        configure(&limits)
        thread = try LoopThread()
        server = HTTPServer(thread.loop, limits: limits, handler: handler)
        let listener = try Sockets.listen(.v4([127, 0, 0, 1], port: 0))
        guard case .v4(_, let port)? = try await server.serve(listener) else { throw SystemError(0, call: "listen") }
        self.port = port
    }

    deinit { thread.stopAndJoin() }

    func client() throws -> RawClient { try RawClient(port: port) }

    /// Sends everything at once and reads to the end of the connection.
    func exchange(_ text: String) throws -> String {
        let client = try client()
        client.send(text)
        return client.read().text
    }

    /// Waits until the handler has noticed that a client is gone.
    func waitForGone() async { while handler.gone.load(ordering: .relaxed) == 0 { await Task.yield() } }
}

/// The content of each response in a text, in order.
func bodies(_ text: String) -> [String] {
    var bodies: [String] = []
    var rest = text.utf8[...]
    while let end = rest.firstRange(of: "\r\n\r\n".utf8) {
        rest = rest[end.upperBound...]
        let next = rest.firstRange(of: "HTTP/1.1 ".utf8)?.lowerBound ?? rest.endIndex
        bodies.append(String(decoding: rest[..<next], as: UTF8.self))
        rest = rest[next...]
    }
    return bodies
}

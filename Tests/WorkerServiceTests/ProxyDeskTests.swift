import Bytes
import HTTP
import JSON
import Messages
import Platform
import RPC
import ScriptedServer
import Session
import Testing

@testable import WorkerService

@Suite(.timeLimit(.minutes(1))) struct ProxyDeskTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"

    /// An upstream that answers every request alike.
    private static func upstream(_ loop: Loop, _ answer: String = ok) throws -> ScriptedServer {
        try ScriptedServer(loop) { peer in
            while true {
                _ = try await peer.head()
                peer.send(answer)
            }
        }
    }

    @Test func `a call reaches the upstream with the token and without a second question to the broker`() async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(loop)
            let rig = try await WorkerRig(loop, upstream)
            for _ in 0..<2 {
                let answer = try await rig.exchange(head(.get, "/api/a?b=%20", fields: fields(["accept": "*/*"]))).get()
                #expect(answer.head.status == 200)
                #expect(answer.head.fields.names == ["content-length", "content-type"])
                #expect(ByteString(answer.body) == "ok")
            }
            let request =
                "GET /api/a?b=%20 HTTP/1.1\r\naccept: */*\r\nx-forwarded-for: 192.0.2.1\r\n"
                + "x-forwarded-host: app.example\r\nx-forwarded-proto: https\r\nx-request-id: id-1\r\n"
                + "via: 1.1 \(Routes.pseudonym(digest: rig.routes.digest))\r\nauthorization: Bearer token-1\r\nhost: 127.0.0.1:\(upstream.port)\r\n\r\n"
            #expect(upstream.received == [ByteString(request + request)])
            #expect(await rig.broker.redeemed == 1)
            await rig.stop()
        }
    }

    @Test func `calls that come at once with one pass ask the broker once`() async throws {
        try await onLoop { loop in
            let rig = try await WorkerRig(loop, try Self.upstream(loop))
            var streams: [RPCStream] = []
            for _ in 0..<20 { streams.append(try await rig.open(head())) }
            for stream in streams { #expect(try await rig.answer(stream).get().head.status == 200) }
            #expect(await rig.broker.redeemed == 1)
            await rig.stop()
        }
    }

    @Test(arguments: [true, false])
    func `a body arrives as it was sent`(isAnnounced: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                let count = isAnnounced ? 300_000 : 300_000 + 6 * 20 + 5
                while peer.received.count < count { _ = try await peer.take(1) }
                peer.send(Self.ok)
            }
            let rig = try await WorkerRig(loop, upstream)
            let given = isAnnounced ? fields(["content-length": "300000"]) : [:]
            let stream = try await rig.open(head(.put, fields: given), end: false)
            for number in 0..<20 {
                try await stream.send([UInt8](repeating: UInt8(number), count: 15_000)[...], end: number == 19)
            }
            #expect(try await rig.answer(stream).get().head.status == 200)
            let received = try #require(upstream.received.first)
            #expect(received.text.contains(isAnnounced ? "content-length: 300000" : "transfer-encoding: chunked"))
            for number in 0..<20 {
                let count = received.bytes.count { $0 == UInt8(number) }
                #expect(count >= 15_000)
            }
            await rig.stop()
        }
    }

    @Test func `a body beyond the route's limit ends the call`() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedServer(loop) { peer in _ = try await peer.readToEnd() }
            let rig = try await WorkerRig(loop, upstream, #""target":"api","limits":{"body":"1KiB"}"#)
            let stream = try await rig.open(head(.post), end: false)
            try await stream.send([UInt8](repeating: 0, count: 1000)[...])
            try await stream.send([UInt8](repeating: 0, count: 1000)[...])
            #expect(Abort.of(await rig.answer(stream)) == Abort(.policy, .requestTooLarge))
            let announced = try await rig.exchange(head(.post, fields: fields(["content-length": "1025"])))
            #expect(Abort.of(announced) == Abort(.policy, .requestTooLarge))
            await rig.stop()
        }
    }

    @Test func `a 401 is tried once more with a renewed token, but only for what may be sent twice`() async throws {
        try await onLoop { loop in
            let refusal = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
            let upstream = try Self.upstream(loop, refusal)
            let rig = try await WorkerRig(loop, upstream)
            let get = try await rig.exchange(head()).get()
            #expect(get.head == ProxyResponseHead(status: 401, fields: fields(["content-length": "0"])))
            let tokens = upstream.received.map { $0.text.components("authorization: Bearer ") }
            #expect(tokens == [["token-1"], ["token-2"]])
            #expect(await rig.broker.renewed == 1)
            #expect(try await rig.exchange(head(.post)).get().head.status == 401)
            #expect(upstream.received.map { $0.text.components("HTTP/1.1").count }.reduce(0, +) == 3)
            #expect(await rig.broker.renewed == 1)
            await rig.stop()
        }
    }

    @Test func `the end of a session takes its token away`() async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(loop)
            let rig = try await WorkerRig(loop, upstream)
            #expect(try await rig.exchange(head()).get().head.status == 200)
            try rig.end(rig.broker.session)
            await rig.broker.set(refusal: CallError(.sessionEnded))
            // The answer to this question comes after the event.
            #expect(Abort.of(try await rig.exchange(head(pass: Pass("another")))) == Abort(.policy, .sessionEnded))
            #expect(Abort.of(try await rig.exchange(head())) == Abort(.policy, .sessionEnded))
            #expect(await rig.broker.redeemed == 3)
            #expect(upstream.received.map { $0.text.components("HTTP/1.1").count } == [1])
            await rig.stop()
        }
    }

    static let refusals: [(CallError.Code, Abort)] = [
        (.passUnknown, Abort(.notSent, .passUnknown)), (.sessionEnded, Abort(.policy, .sessionEnded)),
        (.targetDenied, Abort(.policy, .targetDenied)),
        (.refreshFailed, Abort(.policy, .refreshFailed, retryAfterMilliseconds: 1500)),
        (.unavailable, Abort(.policy, .brokerUnavailable, retryAfterMilliseconds: 1500)),
    ]

    @Test(arguments: refusals)
    func `without a token nothing is sent`(code: CallError.Code, abort: Abort) async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(loop)
            let rig = try await WorkerRig(loop, upstream)
            let retry: Int64? = abort.retryAfterMilliseconds.map { Int64($0) }
            await rig.broker.set(refusal: CallError(code, retryAfterMilliseconds: retry))
            #expect(Abort.of(try await rig.exchange(head())) == abort)
            #expect(upstream.connections.isEmpty)
            await rig.stop()
        }
    }

    @Test func `what the token does not allow is not sent`() async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(loop)
            let rig = try await WorkerRig(loop, upstream, #""target":"api","require":{"scopes":["write"]}"#)
            #expect(Abort.of(try await rig.exchange(head()))?.code == .forbiddenScope)
            #expect(Abort.of(try await rig.exchange(head(pass: nil)))?.reason == .policy)
            #expect(Abort.of(try await rig.exchange(head(.get, "/api/../x")))?.code == .requestInvalid)
            #expect(Abort.of(try await rig.exchange(head(route: "other")))?.code == .routeUnknown)
            #expect(Abort.of(try await rig.exchange(head(routes: "guess")))?.code == .digestUnknown)
            await rig.broker.set(scope: ["write"], target: "another")
            #expect(Abort.of(try await rig.exchange(head(pass: Pass("p2"))))?.code == .targetDenied)
            #expect(upstream.connections.isEmpty)
            await rig.stop()
        }
    }

    @Test func `an edge that gives up ends the upstream request`() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedServer(loop) { peer in _ = try await peer.readToEnd() }
            let rig = try await WorkerRig(loop, upstream)
            let stream = try await rig.open(head())
            while upstream.connections.isEmpty { await loop.sleep(.milliseconds(1)) }
            #expect(!upstream.connections[0].sawEnd)
            stream.abort(Abort(.cancelled))
            while !upstream.connections[0].sawEnd { await loop.sleep(.milliseconds(1)) }
            await rig.stop()
        }
    }

    static let failures: [(String, Abort)] = [
        ("<html>", Abort(.upstreamFailed, .upstreamInvalid)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Abort(.upstreamFailed, .upstreamInvalid)),
        ("", Abort(.upstreamFailed, .upstreamClosed)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", Abort(.upstreamFailed, .upstreamClosed)),
    ]

    @Test(arguments: failures)
    func `an upstream that does not answer properly is told as that`(answer: String, abort: Abort) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send(answer)
                peer.finish()
            }
            let rig = try await WorkerRig(loop, upstream)
            #expect(Abort.of(try await rig.exchange(head())) == abort)
            await rig.stop()
        }
    }

    @Test func `an upstream where nobody listens is told as that, and nothing was sent`() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedServer(loop) { _ in }
            // Port 1 is no ephemeral one, so no other test listens there.
            let rig = try await WorkerRig(loop, upstream, port: 1)
            #expect(Abort.of(try await rig.exchange(head())) == Abort(.notSent, .upstreamUnreachable))
            await rig.stop()
        }
    }

    @Test(arguments: ["Content-Length: 5000000\r\n", ""])
    func `a long answer arrives whole`(length: String) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedServer(loop) { peer in
                _ = try await peer.head()
                peer.send("HTTP/1.1 200 OK\r\n\(length)\r\n")
                for number in 0..<50 { peer.stream.write([UInt8](repeating: UInt8(number), count: 100_000)) }
                peer.finish()
            }
            let rig = try await WorkerRig(loop, upstream)
            let answer = try await rig.exchange(head()).get()
            #expect(answer.body.count == 5_000_000)
            #expect(answer.body.last == 49)
            await rig.stop()
        }
    }
}

extension String {
    /// The words that follow a text, up to the next blank or line end.
    fileprivate func components(_ text: String) -> [String] {
        var words: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            rest = rest[range.upperBound...]
            words.append(String(rest.prefix { !$0.isWhitespace }))
        }
        return words
    }
}

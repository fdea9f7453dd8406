import Bytes
import HTTP
import Testing

@Suite struct SerializerTests {
    private func written(_ head: ResponseHead) -> ByteString {
        var out: [UInt8] = []
        Serializer.append(head, to: &out)
        return ByteString(out)
    }

    private func written(_ head: RequestHead, upgrade: Bool = false) -> ByteString {
        var out: [UInt8] = []
        Serializer.append(head, upgrade: upgrade, to: &out)
        return ByteString(out)
    }

    @Test func `a response head has its framing from one place`() {
        var head = ResponseHead(status: 200, fields: [.contentType: "text/plain"], framing: .length(5))
        #expect(written(head) == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\n")
        head.framing = .chunked
        #expect(written(head) == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n")
        head.framing = .untilClose
        #expect(written(head) == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n")
        head.framing = .length(0)
        head.keepAlive = false
        #expect(
            written(head)
                == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    }

    @Test func `fields of the connection are never passed on`() {
        let fields: HTTPFields = [
            .connection: "x", .keepAlive: "timeout=5", .transferEncoding: "gzip", .contentLength: "9", .te: "trailers",
            .trailer: "x", .upgrade: "h2c", .proxyConnection: "x", .proxyAuthorization: "x", .proxyAuthenticate: "x",
            .server: "s",
        ]
        #expect(
            written(ResponseHead(status: 404, fields: fields, framing: .length(1)))
                == "HTTP/1.1 404 Not Found\r\nserver: s\r\ncontent-length: 1\r\n\r\n")
    }

    @Test func `a response to HEAD keeps the length it speaks of`() {
        let head = ResponseHead(
            status: 200, fields: [.contentLength: "9", .transferEncoding: "chunked"], framing: .none)
        #expect(written(head) == "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")
    }

    @Test func `interim responses and 204 carry no framing`() {
        let fields: HTTPFields = [.contentLength: "9", .link: "<a>"]
        #expect(written(ResponseHead(status: 204, fields: fields)) == "HTTP/1.1 204 No Content\r\nlink: <a>\r\n\r\n")
        #expect(written(ResponseHead(status: 103, fields: fields)) == "HTTP/1.1 103 Status\r\nlink: <a>\r\n\r\n")
        #expect(
            written(ResponseHead(status: 101, fields: [.upgrade: "websocket", .contentLength: "0"], keepAlive: false))
                == "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")
    }

    @Test func `a request head is in origin form and says when it has no content`() throws {
        let target = try RequestTarget("/a?b")
        var head = RequestHead(method: .get, target: target, fields: [.host: "h", .expect: "100-continue"])
        #expect(written(head) == "GET /a?b HTTP/1.1\r\nhost: h\r\n\r\n")
        head.method = .post
        #expect(written(head) == "POST /a?b HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n")
        head.framing = .length(3)
        head.expectsContinue = true
        #expect(
            written(head) == "POST /a?b HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n")
        head.framing = .chunked
        head.keepAlive = false
        head.expectsContinue = false
        #expect(
            written(head)
                == "POST /a?b HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n")
    }

    @Test func `an upgrade is asked for only when meant`() throws {
        let head = RequestHead(
            method: .get, target: try RequestTarget("/"), fields: [.host: "h", .upgrade: "websocket", .connection: "x"])
        #expect(written(head) == "GET / HTTP/1.1\r\nhost: h\r\n\r\n")
        #expect(
            written(head, upgrade: true)
                == "GET / HTTP/1.1\r\nhost: h\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")
    }

    @Test func `a parsed head is written back with the same fields`() {
        let text =
            "GET /x HTTP/1.1\r\nHost: h\r\nA:1\r\nB: 2\r\nConnection: keep-alive\r\nC:  3 \r\nD: 4\r\nE:\r\nF: \r\n\r\n"
        var parser = RequestParser()
        var input = ByteBuffer(octets(text))
        guard case .head(let head) = parser.parse(&input) else {
            Issue.record("no head")
            return
        }
        #expect(written(head) == "GET /x HTTP/1.1\r\nHost: h\r\na: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: \r\nf: \r\n\r\n")
    }

    @Test func `chunks are framed, and no chunk is empty by accident`() {
        var out: [UInt8] = []
        Serializer.appendChunk([], to: &out)
        #expect(out.isEmpty)
        Serializer.appendChunk(octets("hello")[...], to: &out)
        Serializer.appendChunk([UInt8](repeating: 0x61, count: 16)[...], to: &out)
        Serializer.appendLastChunk(to: &out)
        #expect(ByteString(out) == "5\r\nhello\r\n10\r\naaaaaaaaaaaaaaaa\r\n0\r\n\r\n")
    }

    @Test(arguments: [1, 15, 16, 17, 255, 256, 4_095, 4_096, 65_535, 65_536, 1_048_576])
    func `what is chunked is read back`(_ count: Int) {
        var out = octets("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        Serializer.appendChunk([UInt8](repeating: 0x61, count: count)[...], to: &out)
        Serializer.appendLastChunk(to: &out)
        var parser = RequestParser()
        var input = ByteBuffer(out)
        var total = 0
        loop: while true {
            switch parser.parse(&input) {
            case .head: continue
            case .body(let part): total += part.count
            case let event:
                #expect(event == .end)
                break loop
            }
        }
        #expect(total == count)
    }

    @Test func `100 Continue is a head of its own`() {
        var out: [UInt8] = []
        Serializer.appendContinue(to: &out)
        #expect(ByteString(out) == "HTTP/1.1 100 Continue\r\n\r\n")
    }
}

import Bytes
import HTTP
import Testing

@Suite struct RequestParserTests {
    @Test func `a plain request is read whole`() throws {
        var parser = RequestParser()
        var input = ByteBuffer(
            Array("GET /api/orders?page=2 HTTP/1.1\r\nHost: App.Example\r\nCookie: a=b\r\nX-Own: 1\r\n\r\n".utf8))
        guard case .head(let head) = parser.parse(&input) else {
            Issue.record("no head")
            return
        }
        #expect(head.method == .get)
        #expect(head.target.path == "/api/orders")
        #expect(head.target.query == "page=2")
        #expect(head.target.originForm == "/api/orders?page=2")
        #expect(head.target.authority == "app.example")
        #expect(head.fields.first(.cookie) == "a=b")
        #expect(head.fields.map { $0.name.bytes } == ["host", "cookie", "x-own"])
        #expect(head.framing == .none)
        #expect(head.keepAlive)
        #expect(parser.parse(&input) == .end)
        #expect(parser.parse(&input) == .needMore)
        #expect(parser.isBetweenRequests)
    }

    private func firstHead(_ text: String, limits: HTTPLimits = HTTPLimits()) -> RequestHead? {
        var parser = RequestParser(limits: limits)
        var input = ByteBuffer(octets(text))
        if case .head(let head) = parser.parse(&input) { return head }
        return nil
    }

    @Test func `an absolute target names the host and is passed on in origin form`() {
        let head = firstHead("GET http://APP.example:80/a?b HTTP/1.1\r\nHost: app.example:80\r\n\r\n")
        #expect(head?.target.form == .absolute)
        #expect(head?.target.authority == "app.example:80")
        #expect(head?.target.originForm == "/a?b")
    }

    @Test func `an encoded slash is kept only where asked for, and never hides a dot segment`() {
        func outcome(_ path: String) -> String {
            let limits = HTTPLimits(encodedSlash: .keep)
            return transcribe(requests: octets("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n"), limits: limits).lines[0]
        }
        #expect(firstHead("GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n") == nil)
        let head = firstHead("GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", limits: HTTPLimits(encodedSlash: .keep))
        #expect(head?.target.hasEncodedSlash == true)
        #expect(head?.target.path == "/a%2Fb")
        #expect(outcome("/x%2f%2fy").hasPrefix("GET"))
        for path in ["/..%2fa", "/a%2f..", "/a%2F../b", "/a%2f.%2fb", "/a%2f%2e%2e", "/..;x%2fa", "/%2f..;/a"] {
            #expect(outcome(path) == "reject forbiddenPath", "\(path)")
        }
        #expect(outcome("/a%5cb") == "reject forbiddenPath")
    }

    @Test func `HTTP 1.0 never keeps the connection`() {
        let text = "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n"
        #expect(transcribe(requests: octets(text)).lines.last == "closed")
        #expect(firstHead(text)?.keepAlive == false)
        #expect(firstHead(text)?.version == .http10)
    }

    @Test(arguments: [
        "close", "Close", "x, close", "keep-alive,CLOSE", "close\r\nConnection: x", "x\r\nConnection: close",
    ])
    func `after Connection close nothing is read`(_ value: String) {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: \(value)\r\n\r\n"
        let transcript = transcribe(requests: octets(request + request))
        #expect(transcript.lines.count { $0 == "end" } == 1)
        #expect(transcript.lines.last == "closed")
    }

    @Test(arguments: ["keep-alive", "closed", "x-close", "", "clos e", "\"close\""])
    func `only the word itself closes`(_ value: String) {
        #expect(firstHead("GET / HTTP/1.1\r\nHost: a\r\nConnection: \(value)\r\n\r\n")?.keepAlive == true)
    }

    @Test func `100-continue counts only with content to come`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        #expect(firstHead(head + "Content-Length: 1\r\n\r\n")?.expectsContinue == true)
        #expect(firstHead(head + "Transfer-Encoding: chunked\r\n\r\n")?.expectsContinue == true)
        #expect(firstHead(head + "Content-Length: 0\r\n\r\n")?.expectsContinue == false)
        #expect(firstHead(head + "\r\n")?.expectsContinue == false)
    }

    @Test func `content beyond the route's limit is refused, announced or not`() {
        func outcome(_ text: String) -> String? {
            let head = "POST / HTTP/1.1\r\nHost: a\r\n"
            return transcribe(requests: octets(head + text), bodyLimit: 5).lines.last
        }
        #expect(outcome("Content-Length: 5\r\n\r\nhello") == "end")
        #expect(outcome("Content-Length: 6\r\n\r\n") == "reject bodyTooLarge")
        #expect(outcome("Content-Length: 9999999999999999999\r\n\r\n") == "reject bodyTooLarge")
        #expect(outcome("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n") == "end")
        #expect(outcome("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n") == "reject bodyTooLarge")
        #expect(outcome("Transfer-Encoding: chunked\r\n\r\nffffffff\r\n") == "reject bodyTooLarge")
    }

    @Test func `faults have the status that answers them`() {
        let expected: [(HTTPFault, UInt16)] = [
            (.malformedRequestLine, 400), (.targetTooLong, 414), (.headTooLarge, 431), (.tooManyFields, 431),
            (.bodyTooLarge, 413), (.unknownExpectation, 417), (.unknownMethod, 501), (.unknownTransferCoding, 501),
            (.unsupportedVersion, 505), (.conflictingFraming, 400), (.badHost, 400), (.forbiddenPath, 400),
        ]
        for (fault, status) in expected { #expect(fault.status == status) }
    }

    @Test func `content is handed out without a copy and in order`() {
        var parser = RequestParser()
        var input = ByteBuffer(octets("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc"))
        guard case .head = parser.parse(&input) else { return }
        #expect(parser.parse(&input) == .body(octets("abc")[...]))
        #expect(parser.parse(&input) == .needMore)
        #expect(!parser.isBetweenRequests)
        input.append(contentsOf: octets("defGET"))
        #expect(parser.parse(&input) == .body(octets("def")[...]))
        #expect(parser.parse(&input) == .end)
        #expect(parser.isBetweenRequests)
        #expect(input.count == 3)
    }

    @Test func `a refusal stays a refusal and consumes nothing`() {
        var parser = RequestParser()
        var input = ByteBuffer(octets("BAD\r\n"))
        #expect(parser.parse(&input) == .reject(.malformedRequestLine))
        input.append(contentsOf: octets("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        let count = input.count
        #expect(parser.parse(&input) == .reject(.malformedRequestLine))
        #expect(input.count == count)
    }

    @Test func `a method is its exact spelling`() {
        for method in HTTPMethod.allCases { #expect(HTTPMethod(method.name) == method) }
        for name in ["", "G", "get", "GETS", "GET ", "GET\0", "GET\0\0\0\0", "\0GET", "POST\0", "OPTION"] {
            #expect(HTTPMethod(ByteString(octets(name))) == nil)
        }
    }

    @Test func `a target from elsewhere obeys the same rules`() throws {
        #expect(try RequestTarget("/a?b").query == "b")
        #expect(try RequestTarget("/a").query == nil)
        #expect(try RequestTarget("/a?").query == "")
        #expect(throws: HTTPFault.malformedTarget) { try RequestTarget("http://a/") }
        #expect(throws: HTTPFault.malformedTarget) { try RequestTarget("*") }
        #expect(throws: HTTPFault.malformedTarget) { try RequestTarget("") }
        #expect(throws: HTTPFault.malformedTarget) { try RequestTarget("/ HTTP/1.1\r\nX: y") }
        #expect(throws: HTTPFault.forbiddenPath) { try RequestTarget("/a/../b") }
        #expect(throws: HTTPFault.encodedSlash) { try RequestTarget("/a%2fb") }
    }
}

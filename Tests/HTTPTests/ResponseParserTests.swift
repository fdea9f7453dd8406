import Bytes
import HTTP
import Testing

@Suite struct ResponseParserTests {
    private func parse(_ text: String, to method: HTTPMethod = .get) -> (ResponseParser, ByteBuffer) {
        var parser = ResponseParser()
        var input = ByteBuffer(octets(text))
        parser.begin(method)
        loop: while true {
            switch parser.parse(&input) {
            case .end, .needMore, .fault, .upgraded: break loop
            default: continue
            }
        }
        return (parser, input)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true), ("HTTP/1.1 204 X\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokx", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false), ("HTTP/1.1 200 OK\r\n\r\nok", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", false), ("HTTP/1.1 101 X\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n", false),
    ])
    func `a connection is used again only after a whole response with nothing behind it`(
        _ text: String, _ isReusable: Bool
    ) {
        let (parser, input) = parse(text)
        #expect(parser.isReusable(input) == isReusable)
    }

    @Test func `responses are told apart, and each answers its request`() {
        let one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        func last(_ text: String) -> String? {
            transcribe(responses: octets(text), to: [.get, .get]).lines.last
        }
        #expect(last(one + one) == "complete")
        #expect(last(one) == "truncated")
        #expect(last(one + "b") == "fault malformedStatusLine")
    }

    @Test func `another protocol begins only where it was asked for`() {
        func last(_ text: String) -> String? {
            transcribe(responses: octets(text), allowsUpgrade: true).lines.last
        }
        #expect(last("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n\u{81}\u{0}") == "upgraded upgrade=websocket")
        #expect(last("HTTP/1.1 100 X\r\n\r\nHTTP/1.1 101 X\r\n\r\n") == "upgraded ")
        #expect(last("HTTP/1.1 403 X\r\nContent-Length: 2\r\n\r\nno") == "complete")
    }

    @Test(arguments: [Cuts.none, .everyOctet, .at([21])])
    func `what a content without length has within its limit is told, however it was cut`(_ cuts: Cuts) {
        var limits = HTTPLimits()
        limits.body = 4
        let told = transcribe(responses: octets("HTTP/1.1 200 OK\r\n\r\nhello"), cuts: cuts, limits: limits)
        #expect(Array(told.lines.suffix(2)) == ["content hell", "fault bodyTooLarge"])
    }

    @Test func `octets that come unasked end the connection`() {
        var parser = ResponseParser()
        var input = ByteBuffer()
        #expect(parser.parse(&input) == .needMore)
        #expect(parser.isReusable(input))
        input.append(contentsOf: octets("HTTP/1.1 408 X\r\n\r\n"))
        #expect(!parser.isReusable(input))
        #expect(parser.parse(&input) == .fault(.conflictingFraming))
        parser.begin(.get)
        #expect(parser.parse(&input) == .fault(.conflictingFraming))
    }

    @Test func `after an upgrade the rest is left in the input`() {
        var parser = ResponseParser()
        var input = ByteBuffer(octets("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\nraw"))
        parser.begin(.get, allowsUpgrade: true)
        guard case .upgraded(let head) = parser.parse(&input) else {
            Issue.record("not upgraded")
            return
        }
        #expect(head.fields.first(.upgrade) == "websocket")
        #expect(Array(input.readable) == octets("raw"))
        #expect(parser.parse(&input) == .needMore)
        #expect(input.count == 3)
    }

    @Test func `the framing tells how the content ends`() {
        func framing(_ text: String, to method: HTTPMethod = .get) -> BodyFraming? {
            var parser = ResponseParser()
            var input = ByteBuffer(octets(text))
            parser.begin(method)
            if case .head(let head) = parser.parse(&input) { return head.framing }
            return nil
        }
        #expect(framing("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n") == .length(2))
        #expect(framing("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", to: .head) == BodyFraming.none)
        #expect(framing("HTTP/1.1 304 X\r\nContent-Length: 2\r\n\r\n") == BodyFraming.none)
        #expect(framing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") == .chunked)
        #expect(framing("HTTP/1.1 200 OK\r\n\r\n") == .untilClose)
    }

    @Test func `content beyond the limit is refused, however it is framed`() {
        for (head, part) in [
            ("Content-Length: 6\r\n\r\n", nil), ("Transfer-Encoding: chunked\r\n\r\n6\r\n", nil),
            ("X: y\r\n\r\n", "hello" as String?),
        ] {
            var parser = ResponseParser(limits: HTTPLimits(body: 5))
            var input = ByteBuffer(octets("HTTP/1.1 200 OK\r\n" + head + "hello!"))
            parser.begin(.get)
            guard case .head = parser.parse(&input) else { continue }
            if let part { #expect(parser.parse(&input) == .body(octets(part)[...])) }
            #expect(parser.parse(&input) == .fault(.bodyTooLarge))
        }
    }

    @Test func `the end of the connection completes only what it may`() {
        var (parser, input) = parse("HTTP/1.1 200 OK\r\n\r\nhello")
        #expect(parser.endOfInput() == .complete)
        #expect(!parser.isReusable(input))
        (parser, input) = parse("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
        #expect(parser.endOfInput() == .truncated)
        #expect(parser.parse(&input) == .fault(.truncated))
    }
}

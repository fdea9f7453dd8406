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
}

import HTTP
import Testing

/// What becomes of octets that a server sends before it closes.
enum ResponseVerdict: Equatable, Sendable {
    /// All responses came whole.
    case complete
    /// The last one is cut short.
    case truncated
    case faulty(HTTPFault)
    case upgraded
}

struct ResponseCase: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let methods: [HTTPMethod]
    let verdict: ResponseVerdict
    var allowsUpgrade = false

    init(_ text: String, to methods: [HTTPMethod] = [.get], allowsUpgrade: Bool = false, _ verdict: ResponseVerdict) {
        bytes = octets(text)
        self.methods = methods
        self.verdict = verdict
        self.allowsUpgrade = allowsUpgrade
    }

    static func line(_ line: String, _ verdict: ResponseVerdict) -> ResponseCase {
        ResponseCase(line + "\r\nContent-Length: 0\r\n\r\n", verdict)
    }

    /// Field lines and a content behind `200 OK`.
    static func ok(_ lines: String, _ content: String, _ verdict: ResponseVerdict) -> ResponseCase {
        ResponseCase("HTTP/1.1 200 OK\r\n" + lines + "\r\n\r\n" + content, verdict)
    }

    var testDescription: String { String(decoding: bytes.prefix(120), as: UTF8.self).debugDescription }
}

/// Responses with verdicts, derived from the rules of RFC 9112 one by one.
enum ResponseCorpus {
    static let all = lines + fields + framing + bodiless + interim

    static let lines: [ResponseCase] = [
        .line("HTTP/1.1 200 OK", .complete), .line("HTTP/1.0 200 OK", .complete), .line("HTTP/1.1 200 ", .complete),
        .line("HTTP/1.1 200", .complete), .line("HTTP/1.1 404 Not \t Found \u{E9}", .complete),
        .line("HTTP/1.1 599 X", .complete),
        .line("HTTP/1.1 600 X", .faulty(.malformedStatusLine)), .line("HTTP/1.1 099 X", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1 20 OK", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1 2000 OK", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1 2x0 OK", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1 +20 OK", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1  200 OK", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1\t200 OK", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1 200OK", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1 200\tOK", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1 200 O\u{0}K", .faulty(.malformedStatusLine)),
        .line("HTTP/1.1 200 O\rK", .faulty(.malformedStatusLine)),
        .line("HTTP/2 200 OK..", .faulty(.malformedStatusLine)), .line("HTTP/2.0 200 OK", .faulty(.unsupportedVersion)),
        .line("HTTP/1.2 200 OK", .faulty(.unsupportedVersion)), .line("http/1.1 200 OK", .faulty(.malformedStatusLine)),
        .line("ICY 200 OK", .faulty(.malformedStatusLine)), .line(" HTTP/1.1 200 OK", .faulty(.malformedStatusLine)),
        .line("\r\nHTTP/1.1 200 OK", .faulty(.malformedStatusLine)), .line("HTTP/1.1", .faulty(.malformedStatusLine)),
        ResponseCase("<html>hello</html>", .faulty(.malformedStatusLine)), ResponseCase("", .truncated),
        ResponseCase("HTTP/1.1 200 OK\nContent-Length: 0\n\n", .faulty(.badLineEnding)),
        ResponseCase("HTTP/1.1 200 OK", .truncated),
        .line("HTTP/1.1 200 " + String(repeating: "x", count: 9_000), .faulty(.headTooLarge)),
    ]

    static let fields: [ResponseCase] = [
        .ok("Content-Length: 0\r\nX: y", "", .complete), .ok("Content-Length: 0\r\nX: \u{E9}", "", .complete),
        .ok("Content-Length: 0\r\nX: a\r\n b", "", .faulty(.foldedField)),
        .ok("X: a\u{0}", "", .faulty(.badFieldValue)),
        .ok("X : a", "", .faulty(.badFieldName)), .ok("X: a\nY: b", "", .faulty(.badLineEnding)),
        .ok("X: a\rY: b", "", .faulty(.badLineEnding)), .ok("X", "", .faulty(.badFieldName)),
        .ok(": y", "", .faulty(.badFieldName)),
        .ok("X: " + String(repeating: "y", count: 40_000), "", .faulty(.headTooLarge)),
        .ok((1...101).map { "X\($0): y" }.joined(separator: "\r\n"), "", .faulty(.tooManyFields)),
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", .truncated),
    ]

    static let framing: [ResponseCase] = [
        .ok("Content-Length: 5", "hello", .complete), .ok("Content-Length: 5", "hell", .truncated),
        .ok("Content-Length: 5", "hello!", .faulty(.conflictingFraming)), .ok("X: y", "until the end", .complete),
        .ok("X: y", "", .complete), .ok("Connection: close", "until the end", .complete),
        .ok("Content-Length: 5\r\nContent-Length: 5", "hello", .faulty(.badContentLength)),
        .ok("Content-Length: 5, 5", "hello", .faulty(.badContentLength)),
        .ok("Content-Length: -1", "", .faulty(.badContentLength)),
        .ok("Content-Length: +5", "hello", .faulty(.badContentLength)),
        .ok("Content-Length:", "hello", .faulty(.badContentLength)),
        .ok("Content-Length: 99999999999999999999", "", .faulty(.badContentLength)),
        .ok("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n", .faulty(.conflictingFraming)),
        .ok("Transfer-Encoding: gzip, chunked", "0\r\n\r\n", .faulty(.badTransferEncoding)),
        .ok("Transfer-Encoding: gzip", "x", .faulty(.unknownTransferCoding)),
        .ok("Transfer-Encoding: identity", "x", .faulty(.unknownTransferCoding)),
        .ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n", .faulty(.badTransferEncoding)),
        ResponseCase("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .faulty(.badTransferEncoding)),
        ResponseCase("HTTP/1.0 200 OK\r\n\r\nhello", .complete),
        .ok("Transfer-Encoding: Chunked", "5\r\nhello\r\n0\r\n\r\n", .complete),
        .ok("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\nX: y\r\n\r\n", .complete),
        .ok("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n", .truncated),
        .ok("Transfer-Encoding: chunked", "5\r\nhello\r\n", .truncated),
        .ok("Transfer-Encoding: chunked", "5\r\nhel", .truncated),
        .ok("Transfer-Encoding: chunked", "", .truncated),
        .ok("Transfer-Encoding: chunked", "5\nhello\n0\n\n", .faulty(.badChunk)),
        .ok("Transfer-Encoding: chunked", "-1\r\n", .faulty(.badChunk)),
        .ok("Transfer-Encoding: chunked", "123456789\r\n", .faulty(.badChunk)),
        .ok("Transfer-Encoding: chunked", "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", .faulty(.conflictingFraming)),
        ResponseCase(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb",
            to: [.get, .get], .complete),
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", to: [.get, .get], .truncated),
        ResponseCase(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", to: [.get, .get], .faulty(.malformedStatusLine)),
    ]

    static let bodiless: [ResponseCase] = [
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", to: [.head], .complete),
        ResponseCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", to: [.head], .complete),
        ResponseCase("HTTP/1.1 200 OK\r\n\r\n", to: [.head], .complete),
        ResponseCase("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", to: [.head], .faulty(.conflictingFraming)),
        ResponseCase("HTTP/1.1 204 No Content\r\n\r\n", .complete),
        ResponseCase("HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n", .complete),
        ResponseCase("HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello", .faulty(.contentForbidden)),
        ResponseCase("HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .faulty(.contentForbidden)),
        ResponseCase("HTTP/1.1 204 X\r\n\r\nx", .faulty(.conflictingFraming)),
        ResponseCase("HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n", .complete),
        ResponseCase("HTTP/1.1 304 X\r\n\r\n", .complete),
        ResponseCase("HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\nhello", .faulty(.conflictingFraming)),
        ResponseCase("HTTP/1.1 304 X\r\nContent-Length: 5, 6\r\n\r\n", .faulty(.badContentLength)),
    ]

    private static let final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    static let interim: [ResponseCase] = [
        ResponseCase("HTTP/1.1 100 Continue\r\n\r\n" + final, .complete),
        ResponseCase("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 X\r\n\r\n" + final, .complete),
        ResponseCase("HTTP/1.1 100 Continue\r\n\r\n", .truncated),
        ResponseCase("HTTP/1.1 100 X\r\nContent-Length: 2\r\n\r\nok" + final, .faulty(.contentForbidden)),
        ResponseCase("HTTP/1.1 100 X\r\nTransfer-Encoding: chunked\r\n\r\n" + final, .faulty(.contentForbidden)),
        ResponseCase(String(repeating: "HTTP/1.1 100 X\r\n\r\n", count: 16) + final, .complete),
        ResponseCase(String(repeating: "HTTP/1.1 100 X\r\n\r\n", count: 17) + final, .faulty(.tooManyInterimResponses)),
        ResponseCase("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n" + final, .faulty(.unexpectedUpgrade)),
        ResponseCase("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n\u{81}\u{0}", allowsUpgrade: true, .upgraded),
        ResponseCase("HTTP/1.1 100 X\r\n\r\nHTTP/1.1 101 X\r\n\r\n", allowsUpgrade: true, .upgraded),
        ResponseCase("HTTP/1.1 403 X\r\nContent-Length: 2\r\n\r\nno", allowsUpgrade: true, .complete),
    ]
}

import HTTP
import Testing

/// What becomes of octets that a client sends.
enum RequestVerdict: Equatable, Sendable {
    /// So many complete requests, and nothing left over.
    case requests(Int)
    /// One refusal, after so many complete requests.
    case rejected(HTTPFault, after: Int)
    /// More octets are waited for, after so many complete requests.
    case unfinished(after: Int)

    static let accepted = RequestVerdict.requests(1)

    static func refused(_ fault: HTTPFault) -> RequestVerdict { .rejected(fault, after: 0) }

    init(_ transcript: Transcript, isFinished: Bool) {
        let complete = transcript.lines.count { $0 == "end" }
        if let last = transcript.lines.last, last.hasPrefix("reject ") {
            let fault = HTTPFault.allCases.first { "reject \($0)" == last } ?? .truncated
            self = .rejected(fault, after: complete)
        } else {
            self = isFinished ? .requests(complete) : .unfinished(after: complete)
        }
    }
}

struct RequestCase: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let verdict: RequestVerdict
    var limits = HTTPLimits()

    init(_ text: String, _ verdict: RequestVerdict) {
        bytes = octets(text)
        self.verdict = verdict
    }

    /// A request line in an otherwise good request.
    static func line(_ line: String, _ verdict: RequestVerdict) -> RequestCase {
        RequestCase(line + "\r\nHost: a\r\n\r\n", verdict)
    }

    /// Field lines in an otherwise good GET.
    static func fields(_ lines: String, _ verdict: RequestVerdict) -> RequestCase {
        RequestCase("GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n", verdict)
    }

    /// A path in an otherwise good GET.
    static func path(_ path: String, _ verdict: RequestVerdict) -> RequestCase { line("GET \(path) HTTP/1.1", verdict) }

    static func host(_ lines: String, _ verdict: RequestVerdict) -> RequestCase {
        RequestCase("GET / HTTP/1.1\r\n" + lines + "\r\n", verdict)
    }

    /// Field lines and a content in an otherwise good POST.
    static func post(_ lines: String, _ content: String, _ verdict: RequestVerdict) -> RequestCase {
        RequestCase("POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n" + content, verdict)
    }

    static func chunks(_ content: String, _ verdict: RequestVerdict) -> RequestCase {
        post("Transfer-Encoding: chunked", content, verdict)
    }

    var testDescription: String { String(decoding: bytes.prefix(120), as: UTF8.self).debugDescription }
}

import Bytes
import HTTP
import Testing

/// What a parser makes of octets, as far as verdicts speak of it.
private struct Reading: Equatable {
    var requests: [Request] = []
    var fault: HTTPFault?
    /// The parser waits for nothing but another request.
    var isIdle = false
    /// No further request is read.
    var isClosed = false

    struct Request: Equatable {
        let line: [UInt8]
        var body: [UInt8] = []
        var isWhole = false
    }

    init(_ bytes: [UInt8], _ cuts: Cuts) {
        // As the edge and the route of the tests from end to end have them.
        var parser = RequestParser(limits: HTTPLimits(encodedSlash: .keep))
        var input = ByteBuffer()
        for piece in cuts.pieces(bytes) {
            input.append(contentsOf: piece)
            while take(parser.parse(&input)) {
                if requests.last?.isWhole == false { parser.limitBody(to: 1 << 20) }
            }
        }
        isIdle = parser.isBetweenRequests && input.isEmpty
    }

    /// Whether there may be more.
    private mutating func take(_ event: RequestParser.Event) -> Bool {
        switch event {
        case .needMore: return false
        case .head(let head):
            requests.append(Request(line: head.method.name.bytes + [UInt8(ascii: " ")] + head.target.originFormBytes))
        case .body(let part): requests[requests.count - 1].body += part
        case .end: requests[requests.count - 1].isWhole = true
        case .reject(let fault):
            self.fault = fault
            return false
        case .closed:
            isClosed = true
            return false
        }
        return true
    }

    var whole: [Request] { requests.filter(\.isWhole) }
}

@Suite struct RequestCorpusTests {
    private static let follower = octets("GET /follower HTTP/1.1\r\nHost: localhost\r\n\r\n")

    @Test(arguments: RequestCorpus.all)
    func `a request gets its verdict, in one piece and octet by octet`(_ entry: CorpusEntry) {
        for cuts in [Cuts.none, .everyOctet] {
            let reading = Reading(entry.bytes, cuts)
            let complete = entry.verdicts.filter { $0.fault == nil }
            #expect(reading.whole.count == complete.count)
            #expect(reading.fault == entry.verdicts.compactMap(\.fault).first)
            for (request, verdict) in zip(reading.whole, complete) where verdict.sign == ">" {
                #expect(request.line == verdict.words)
                #expect(request.body == verdict.body)
            }
            if reading.fault == nil, entry.ending != "closed" {
                #expect(reading.isIdle == (entry.ending != "unfinished"))
            }
        }
    }

    @Test(arguments: RequestCorpus.all)
    func `what is behind it is read only where the connection goes on`(_ entry: CorpusEntry) {
        guard entry.ending == "" || entry.ending == "closed" else { return }
        let alone = Reading(entry.bytes, .none)
        let followed = Reading(entry.bytes + Self.follower, .none)
        let goesOn = entry.ending.isEmpty && alone.fault == nil
        #expect(followed.whole.count == alone.whole.count + (goesOn ? 1 : 0))
        #expect(followed.isClosed == (entry.ending == "closed"))
        #expect(followed.fault == alone.fault)
    }

    @Test(arguments: RequestCorpus.all)
    func `cutting a request anywhere changes nothing`(_ entry: CorpusEntry) {
        let whole = transcribe(requests: entry.bytes)
        for place in 1..<max(2, min(entry.bytes.count, 400)) {
            #expect(transcribe(requests: entry.bytes, cuts: .at([place])) == whole)
        }
    }

    @Test func `the corpus is as large as it claims`() {
        #expect(Set(RequestCorpus.all.map(\.bytes)).count >= 600)
    }
}

import Bytes
import HTTP
import Testing

/// What a parser makes of octets that an upstream sends, as far as verdicts speak of it.
private struct Reading: Equatable {
    var status: UInt16?
    var body: [UInt8] = []
    var isWhole = false
    /// The connection may carry another exchange.
    var isKept = false
    var fault: HTTPFault?

    init(_ entry: CorpusEntry, _ cuts: Cuts) {
        // As the worker has it.
        var parser = ResponseParser(limits: HTTPLimits(fields: 64 * 1024))
        parser.begin(entry.method)
        var input = ByteBuffer()
        for piece in cuts.pieces(entry.bytes) {
            input.append(contentsOf: piece)
            while !isWhole, fault == nil, take(parser.parse(&input)) {}
        }
        if !isWhole, fault == nil, entry.upstreamCloses {
            isWhole = parser.endOfInput() == .complete
            if !isWhole { fault = .truncated }
        }
        isKept = parser.isReusable(input)
    }

    /// Whether there may be more.
    private mutating func take(_ event: ResponseParser.Event) -> Bool {
        switch event {
        case .needMore: return false
        case .interim: break
        case .upgraded: fault = .unexpectedUpgrade
        case .head(let head): status = head.status
        case .body(let part): body += part
        case .end: isWhole = true
        case .fault(let fault): self.fault = fault
        }
        return true
    }
}

@Suite struct ResponseCorpusTests {
    @Test(arguments: ResponseCorpus.all)
    func `a response gets its verdict, in one piece and octet by octet`(_ entry: CorpusEntry) throws {
        let verdict = try #require(entry.verdicts.first)
        // What is no fault of the response is the worker's business.
        guard verdict.sign == "<" || verdict.fault != nil else { return }
        for cuts in [Cuts.none, .everyOctet] {
            let reading = Reading(entry, cuts)
            #expect(reading.isKept == (entry.ending == "kept"))
            #expect(reading.isWhole == (verdict.sign == "<" && entry.ending != "cut"))
            if verdict.sign == "<" {
                #expect(reading.status.map { "\($0)" } == String(decoding: verdict.words, as: UTF8.self))
                #expect((reading.fault != nil) == (entry.ending == "cut"))
                if reading.isWhole { #expect(reading.body == verdict.body) }
            } else {
                #expect(reading.status == nil)
                #expect(reading.fault == verdict.fault)
            }
        }
    }

    @Test(arguments: ResponseCorpus.all)
    func `cutting a response anywhere changes nothing`(_ entry: CorpusEntry) {
        func transcript(_ cuts: Cuts) -> Transcript {
            transcribe(responses: entry.bytes, to: [entry.method], cuts: cuts, closes: entry.upstreamCloses)
        }
        let whole = transcript(.none)
        for place in 1..<max(2, min(entry.bytes.count, 400)) { #expect(transcript(.at([place])) == whole) }
    }

    @Test func `the corpus is as large as it claims`() {
        #expect(ResponseCorpus.all.count >= 165)
    }
}

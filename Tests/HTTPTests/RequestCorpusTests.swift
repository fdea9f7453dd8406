import HTTP
import Testing

@Suite struct RequestCorpusTests {
    private func verdict(_ bytes: [UInt8], _ cuts: Cuts) -> RequestVerdict {
        let transcript = transcribe(requests: bytes, cuts: cuts)
        return RequestVerdict(transcript, isFinished: bytes.isEmpty || transcript.isFinished)
    }

    @Test(arguments: RequestCorpus.all)
    func `a request gets its verdict, in one piece and octet by octet`(_ example: RequestCase) {
        #expect(verdict(example.bytes, .none) == example.verdict)
        #expect(verdict(example.bytes, .everyOctet) == example.verdict)
    }

    @Test(arguments: RequestCorpus.all)
    func `cutting a request anywhere changes nothing`(_ example: RequestCase) {
        let whole = transcribe(requests: example.bytes)
        for place in 1..<max(2, min(example.bytes.count, 400)) {
            #expect(transcribe(requests: example.bytes, cuts: .at([place])) == whole)
        }
    }

    @Test(arguments: RequestCorpus.all)
    func `nothing behind a refusal is looked at`(_ example: RequestCase) {
        guard case .rejected = example.verdict else { return }
        let more = octets("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(transcribe(requests: example.bytes + more) == transcribe(requests: example.bytes))
    }

    @Test func `the corpus is as large as it claims`() {
        #expect(RequestCorpus.all.count >= 250)
    }
}

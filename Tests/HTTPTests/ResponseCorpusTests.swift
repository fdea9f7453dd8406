import Bytes
import HTTP
import Testing

@Suite struct ResponseCorpusTests {
    private func transcribe(_ example: ResponseCase, _ cuts: Cuts) -> Transcript {
        HTTPTests.transcribe(
            responses: example.bytes, to: example.methods, cuts: cuts, allowsUpgrade: example.allowsUpgrade)
    }

    private func verdict(_ transcript: Transcript) -> ResponseVerdict {
        let last = transcript.lines.last ?? ""
        if last.hasPrefix("upgraded") { return .upgraded }
        if last == "complete" { return .complete }
        return HTTPFault.allCases.first { "fault \($0)" == last }.map { .faulty($0) } ?? .truncated
    }

    @Test(arguments: ResponseCorpus.all)
    func `a response gets its verdict, in one piece and octet by octet`(_ example: ResponseCase) {
        #expect(verdict(transcribe(example, .none)) == example.verdict)
        #expect(verdict(transcribe(example, .everyOctet)) == example.verdict)
    }

    @Test(arguments: ResponseCorpus.all)
    func `cutting a response anywhere changes nothing`(_ example: ResponseCase) {
        let whole = transcribe(example, .none)
        for place in 1..<max(2, min(example.bytes.count, 400)) {
            #expect(transcribe(example, .at([place])) == whole)
        }
    }

    @Test func `the corpus is as large as it claims`() {
        #expect(ResponseCorpus.all.count >= 90)
    }
}

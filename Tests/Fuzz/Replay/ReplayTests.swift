import Foundation
import FuzzTargets
import Testing

/// The corpora, and mutations of them, without libFuzzer. `Tests/Fuzz/run` searches further.
@Suite struct ReplayTests {
    @Test(arguments: FuzzTarget.allCases)
    func `the corpus keeps every property`(_ target: FuzzTarget) throws {
        let corpus = try Corpus(target)
        #expect(corpus.inputs.count >= 5)
        for input in corpus.inputs { Self.check(target, input) }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `mutations of the corpus keep every property`(_ target: FuzzTarget) throws {
        var mutator = Mutator(seed: 1, corpus: try Corpus(target))
        for _ in 0..<Self.rounds(target) { Self.check(target, mutator.next()) }
    }

    /// What takes seconds without optimization.
    private static func rounds(_ target: FuzzTarget) -> Int {
        switch target {
        case .chunked, .request, .response, .cookies, .pair, .token: 2_000
        default: 20_000
        }
    }

    private static func check(_ target: FuzzTarget, _ input: [UInt8]) {
        #expect(throws: Never.self, "\(Corpus.line(input))") { try target.check(input) }
    }
}

@Suite struct CorpusTests {
    @Test func `a line has its escapes taken away`() {
        #expect(Corpus.input(#"a\r\n\t\\\x00\xff"#) == [0x61, 0x0D, 0x0A, 0x09, 0x5C, 0x00, 0xFF])
    }

    @Test(arguments: FuzzTarget.allCases)
    func `what is written as a line is the same input`(_ target: FuzzTarget) throws {
        for input in try Corpus(target).inputs { #expect(Corpus.input(Corpus.line(input)) == input) }
    }
}

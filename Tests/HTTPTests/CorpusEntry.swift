import HTTP
import Testing

/// One line of what shall become of an entry's octets; `Tests/Corpus/Format.md` says what the signs mean.
struct CorpusVerdict: Sendable {
    let sign: String
    /// Method and target of a request, status and fault of everything else.
    let words: [UInt8]
    var body: [UInt8] = []

    /// Why the parser refuses; nil where it does not.
    var fault: HTTPFault? {
        let name = words.split(separator: UInt8(ascii: " ")).dropFirst().first ?? []
        return HTTPFault.allCases.first { name.elementsEqual("\($0)".utf8) }
    }
}

struct CorpusEntry: Sendable, CustomTestStringConvertible {
    let rule: String
    let name: String
    let bytes: [UInt8]
    let verdicts: [CorpusVerdict]
    /// What the line that begins with `&` says.
    let ending: String
    /// Of the request that a response answers.
    let method: HTTPMethod
    /// Whether the upstream closes behind a response.
    let upstreamCloses: Bool

    var testDescription: String { "\(rule): \(name)" }
}

enum RequestCorpus {
    static let all = CorpusReader.entries("Requests")
}

enum ResponseCorpus {
    static let all = CorpusReader.entries("Responses")
}

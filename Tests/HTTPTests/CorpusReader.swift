import Foundation
import HTTP
import Testing

/// Reads the files of `Tests/Corpus`, which the tests from end to end read, too; `Format.md` there describes them.
struct CorpusReader {
    private var entries: [CorpusEntry] = []
    private let file: String
    // What the lines before said.
    private var rule = ""
    private var template = "@"
    private var method = HTTPMethod.get
    private var upstreamCloses = false
    private var verdicts: [(sign: String, words: String, body: String)] = []
    private var ending = ""
    /// The verdict has been used: the next line of one begins another.
    private var isSpoken = false

    static func entries(_ folder: String) -> [CorpusEntry] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let place = tests.appending(path: "Corpus").appending(path: folder)
        let files = (try? FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path() < $1.path() }.flatMap(entries(of:))
    }

    private static func entries(of file: URL) -> [CorpusEntry] {
        var reader = CorpusReader(file: file.deletingPathExtension().lastPathComponent)
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.first != "#" { reader.take(String(line)) }
        return reader.entries
    }

    private init(file: String) { self.file = file }

    private mutating func take(_ line: String) {
        let rest = String(line.dropFirst(2))
        switch line.first {
        case "=": self = CorpusReader(section: rest, of: self)
        case "~": template = rest
        case "?":
            method = HTTPMethod.allCases.first { rest.hasPrefix("\($0)") } ?? .get
            upstreamCloses = rest.hasSuffix("close")
        case ">", "<", "!", "&", " ": judge(line, rest)
        default: add(line)
        }
    }

    private init(section: String, of reader: CorpusReader) {
        file = reader.file
        entries = reader.entries
        rule = "\(file), \(section)"
    }

    private mutating func judge(_ line: String, _ rest: String) {
        if isSpoken { (verdicts, ending, isSpoken) = ([], "", false) }
        switch line.first {
        case "&": ending = rest
        // The fields are the services' business.
        case " ": if rest.hasPrefix("\"") { verdicts[verdicts.count - 1].body = String(rest.dropFirst().dropLast()) }
        default:
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            verdicts.append((parts[0], parts[1], ""))
        }
    }

    private mutating func add(_ line: String) {
        isSpoken = true
        guard let bar = line.range(of: " |") else { return }
        let text = String(line[bar.upperBound...].dropFirst())
        let filled = verdicts.map { verdict in
            CorpusVerdict(
                sign: verdict.sign, words: octets(verdict.words, filledWith: text),
                body: octets(verdict.body, filledWith: text))
        }
        entries.append(
            CorpusEntry(
                rule: rule, name: String(line[..<bar.lowerBound]), bytes: octets(template, filledWith: text),
                verdicts: filled, ending: ending, method: method, upstreamCloses: upstreamCloses))
    }

    // MARK: Octets

    private func octets(_ template: String, filledWith text: String) -> [UInt8] {
        let parts = template.utf8.split(separator: UInt8(ascii: "@"), maxSplits: 1, omittingEmptySubsequences: false)
        var escaped = Array(parts.joined(separator: text.utf8))[...]
        return CorpusReader.unescape(&escaped)
    }

    /// Takes the octets up to a closing brace, or the end.
    private static func unescape(_ text: inout ArraySlice<UInt8>, until end: UInt8? = nil) -> [UInt8] {
        var octets: [UInt8] = []
        while let byte = text.popFirst(), byte != end {
            octets += byte == UInt8(ascii: "\\") ? escape(&text) : [byte]
        }
        return octets
    }

    private static func escape(_ text: inout ArraySlice<UInt8>) -> [UInt8] {
        switch text.popFirst() {
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "0"): return [0]
        case UInt8(ascii: "x"):
            defer { text = text.dropFirst(2) }
            return [UInt8(String(decoding: text.prefix(2), as: UTF8.self), radix: 16) ?? 0]
        case UInt8(ascii: "{"):
            let times = text.prefix { $0 != UInt8(ascii: "*") }
            text = text.dropFirst(times.count + 1)
            let once = unescape(&text, until: UInt8(ascii: "}"))
            return Array(repeatElement(once, count: Int(String(decoding: times, as: UTF8.self)) ?? 0).joined())
        case let other: return other.map { [$0] } ?? []
        }
    }
}

import Bytes
import HTTP

/// The input is chunked content: both parsers must read it as a plain reading of RFC 9112 section 7.1 does.
enum ChunkedProperties {
    private static let request = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    private static let response = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

    static func check(_ input: [UInt8]) throws {
        let expected = PlainChunks(input)
        for cuts in [Cuts.none, .some] {
            let asked = try RequestProperties.read(input, cuts, RequestOptions(0), after: request).transcript
            try require(contentAndEnd(asked) == (expected.content, expected.isComplete), "requests (\(cuts))")
            let answered = try ResponseProperties.read(input, cuts, ResponseOptions(0), after: response).transcript
            try require(contentAndEnd(answered) == (expected.content, expected.isComplete), "responses (\(cuts))")
        }
    }

    /// The first message's.
    private static func contentAndEnd<Head, Fault>(_ transcript: Transcript<Head, Fault>) -> ([UInt8], Bool) {
        var content: [UInt8] = []
        for step in transcript.steps.dropFirst() {
            if case .content(let found) = step { content = found }
            if case .end = step { return (content, true) }
            if case .fault = step { return (content, false) }
        }
        return (content, false)
    }
}

/// A second reading of the same rules, which has the whole at once and cares for nothing but the outcome.
private struct PlainChunks {
    private(set) var content: [UInt8] = []
    private(set) var isComplete = false
    private var extensions = 0

    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let line = Self.line(&rest), let size = size(line) {
            if size == 0 {
                isComplete = Self.endsTrailers(rest)
                return
            }
            content += rest.prefix(size)
            rest = rest.dropFirst(size)
            guard rest.starts(with: [0x0D, 0x0A]) else { return }
            rest = rest.dropFirst(2)
        }
    }

    /// Up to the first CR LF, without it.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let feed = rest.firstIndex(of: 0x0A), feed > rest.startIndex, rest[feed - 1] == 0x0D else { return nil }
        defer { rest = rest[(feed + 1)...] }
        return rest[..<(feed - 1)]
    }

    private mutating func size(_ line: ArraySlice<UInt8>) -> Int? {
        let digits = line.prefix { Hex.value($0) != nil }
        let tail = line.dropFirst(digits.count)
        extensions += tail.count
        guard 1...8 ~= digits.count, line.count + 2 <= 256, extensions <= 16 * 1024,
            tail.isEmpty || tail.first == UInt8(ascii: ";"), tail.allSatisfy(Self.isText)
        else { return nil }
        return digits.reduce(0) { $0 << 4 | Int(Hex.value($1) ?? 0) }
    }

    private static func endsTrailers(_ trailers: ArraySlice<UInt8>) -> Bool {
        var rest = trailers
        var fields = 0
        while let line = line(&rest), trailers.count - rest.count <= 8 * 1024 {
            if line.isEmpty { return true }
            fields += 1
            guard fields <= 100, let colon = line.firstIndex(of: UInt8(ascii: ":")), line[colon...].allSatisfy(isText),
                FieldName(line[..<colon]) != nil
            else { return false }
        }
        return false
    }

    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || byte >= 0x20 && byte != 0x7F }
}

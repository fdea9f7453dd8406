import Bytes

/// The first line of a request (RFC 9112 §3): exactly one space between three parts.
struct RequestLine: Sendable {
    let method: HTTPMethod
    let target: RequestTarget.Parts
    let version: HTTPVersion
    /// The place behind the line.
    let end: Int

    /// Reads the line whose LF stands at `lineFeed`.
    init(_ bytes: Span<UInt8>, lineFeed: Int, encodedSlash: EncodedSlash) throws(HTTPFault) {
        guard lineFeed > 0, bytes[lineFeed - 1] == UInt8(ascii: "\r") else { throw .badLineEnding }
        let lineEnd = lineFeed - 1
        let space = UInt8(ascii: " ")
        guard let methodEnd = Word.firstIndex(of: space, in: bytes, from: 0, to: lineEnd),
            let targetEnd = Word.firstIndex(of: space, in: bytes, from: methodEnd + 1, to: lineEnd),
            ByteSet.token.holds(bytes, 0, methodEnd)
        else { throw .malformedRequestLine }
        version = try HTTPVersion(bytes, targetEnd + 1, lineEnd, malformed: .malformedRequestLine)
        guard let method = HTTPMethod(bytes, 0, methodEnd) else { throw .unknownMethod }
        self.method = method
        target = try TargetParser(encodedSlash: encodedSlash).parse(bytes, methodEnd + 1, targetEnd, method)
        end = lineFeed + 1
    }
}

extension HTTPVersion {
    /// Reads `HTTP/1.1` or `HTTP/1.0`, in capitals, at exactly this place.
    init(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, malformed: HTTPFault) throws(HTTPFault) {
        let prefix: StaticString = "HTTP/"
        guard end - start == 8, prefix.matches(bytes, at: start, count: 5), ASCII.isDigit(bytes[start + 5]),
            bytes[start + 6] == UInt8(ascii: "."), ASCII.isDigit(bytes[start + 7])
        else { throw malformed }
        switch (bytes[start + 5], bytes[start + 7]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): self = .http11
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): self = .http10
        default: throw .unsupportedVersion
        }
    }
}

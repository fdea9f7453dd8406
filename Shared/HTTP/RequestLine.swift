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
        guard end - start == 8 else { throw malformed }
        switch Word.load(bytes, start) {
        case 0x312E_312F_5054_5448: self = .http11
        case 0x302E_312F_5054_5448: self = .http10
        default:
            let isVersion = ("HTTP/" as StaticString).matches(bytes, at: start, count: 5)
            let isNumber = ASCII.isDigit(bytes[start + 5]) && ASCII.isDigit(bytes[start + 7])
            throw isVersion && isNumber && bytes[start + 6] == UInt8(ascii: ".") ? .unsupportedVersion : malformed
        }
    }
}

import Bytes

/// The first line of a response (RFC 9112 §4). The reason phrase is checked and forgotten.
struct StatusLine: Sendable {
    let version: HTTPVersion
    let status: UInt16
    /// The place behind the line.
    let end: Int

    /// Reads the line whose LF stands at `lineFeed`.
    init(_ bytes: Span<UInt8>, lineFeed: Int) throws(HTTPFault) {
        guard lineFeed > 0, bytes[lineFeed - 1] == UInt8(ascii: "\r") else { throw .badLineEnding }
        let lineEnd = lineFeed - 1
        guard lineEnd >= 12, bytes[8] == UInt8(ascii: " ") else { throw .malformedStatusLine }
        version = try HTTPVersion(bytes, 0, 8, malformed: .malformedStatusLine)
        status = try StatusLine.status(bytes, 9)
        end = lineFeed + 1
        // A status line that ends behind the code is common, and harmless.
        if lineEnd == 12 { return }
        guard bytes[12] == UInt8(ascii: " ") else { throw .malformedStatusLine }
        for index in 13..<lineEnd where FieldValue.isForbidden(bytes[index]) { throw .malformedStatusLine }
    }

    private static func status(_ bytes: Span<UInt8>, _ start: Int) throws(HTTPFault) -> UInt16 {
        var status: UInt16 = 0
        for index in start..<(start + 3) {
            guard ASCII.isDigit(bytes[index]) else { throw .malformedStatusLine }
            status = status * 10 + UInt16(bytes[index] - UInt8(ascii: "0"))
        }
        guard 100...599 ~= status else { throw .malformedStatusLine }
        return status
    }
}

/// Checks request targets (RFC 9112 §3.2). A path is refused when two readers could take it for different paths.
struct TargetParser {
    let encodedSlash: EncodedSlash

    /// The parts of the target that is exactly `bytes[start..<end]`.
    func parse(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ method: HTTPMethod) throws(HTTPFault)
        -> RequestTarget.Parts
    {
        guard start < end else { throw .malformedTarget }
        if bytes[start] == UInt8(ascii: "/") { return try originForm(bytes, start, end) }
        if end - start == 1, bytes[start] == UInt8(ascii: "*"), method == .options {
            return RequestTarget.Parts(form: .asterisk, start: start, pathEnd: end, end: end)
        }
        return try absoluteForm(bytes, start, end)
    }

    func originForm(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(HTTPFault) -> RequestTarget.Parts {
        guard start < end, bytes[start] == UInt8(ascii: "/") else { throw .malformedTarget }
        var path = PathScanner(encodedSlash: encodedSlash)
        let pathEnd = try path.scan(bytes, start, end)
        if pathEnd < end, !ByteSet.query.holds(bytes, pathEnd + 1, end) { throw .malformedTarget }
        return RequestTarget.Parts(
            start: start, pathEnd: pathEnd, end: end, hasEncodedSlash: path.hasEncodedSlash)
    }

    private func absoluteForm(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(HTTPFault) -> RequestTarget.Parts {
        guard let authority = schemeEnd(bytes, start, end),
            let slash = Word.firstIndex(of: UInt8(ascii: "/"), in: bytes, from: authority, to: end),
            Authority.isValid(bytes, authority, slash)
        else { throw .malformedTarget }
        var parts = try originForm(bytes, slash, end)
        parts.form = .absolute
        parts.authority = authority..<slash
        return parts
    }

    /// Where the authority begins, behind `http://` or `https://`.
    private func schemeEnd(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        for scheme: StaticString in ["http://", "https://"] where end - start > scheme.utf8CodeUnitCount {
            let count = scheme.utf8CodeUnitCount
            if scheme.matchesIgnoringCase(bytes, start, start + count) { return start + count }
        }
        return nil
    }
}

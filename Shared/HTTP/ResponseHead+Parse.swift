extension ResponseHead {
    /// Judges a complete head: the octets begin with the line, the slots point into them.
    init(
        _ line: StatusLine, taking taken: consuming [UInt8], _ slots: [FieldSlot], answering method: HTTPMethod
    ) throws(HTTPFault) {
        var bytes = taken
        let facts = FramingFields(bytes.span, slots)
        framing = try ResponseHead.framing(facts, bytes.span, line, method)
        slots.lowercaseUnknownNames(in: &bytes)
        fields = HTTPFields(bytes: bytes, slots: slots)
        status = line.status
        version = line.version
        keepAlive = line.version == .http11 && !facts.closes && framing != .untilClose
    }

    /// RFC 9112 §6.3, refusing where it would guess.
    private static func framing(
        _ facts: FramingFields, _ bytes: Span<UInt8>, _ line: StatusLine, _ method: HTTPMethod
    ) throws(HTTPFault) -> BodyFraming {
        let named = try facts.framing(bytes, line.version)
        switch line.status {
        case 100..<200, 204:
            // A server that announces content here may also send it.
            guard named == nil || named == .length(0) else { throw .contentForbidden }
            return .none
        case 304: return .none
        default: return method == .head ? .none : named ?? .untilClose
        }
    }
}

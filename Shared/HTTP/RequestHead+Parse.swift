extension RequestHead {
    /// Judges a complete head: `bytes` begin with the line, the slots point into them.
    init(_ line: RequestLine, taking taken: consuming [UInt8], _ slots: [FieldSlot]) throws(HTTPFault) {
        var bytes = taken
        let facts = FramingFields(bytes.span, slots)
        framing = try facts.framing(bytes.span, line.version) ?? .none
        if facts.upgradesProtocolVersion { throw .upgradeRefused }
        expectsContinue = try RequestHead.expectsContinue(facts, bytes.span, line.version) && framing.hasContent
        var target = line.target
        try RequestHead.checkHost(facts, bytes.span, line.version, &target)
        slots.lowercaseUnknownNames(in: &bytes)
        bytes.lowercase(target.authority)
        method = line.method
        version = line.version
        keepAlive = line.version == .http11 && !facts.closes
        fields = HTTPFields(bytes: bytes, slots: slots)
        self.target = RequestTarget(bytes: bytes, parts: target)
    }

    private static func expectsContinue(_ facts: FramingFields, _ bytes: Span<UInt8>, _ version: HTTPVersion)
        throws(HTTPFault) -> Bool
    {
        guard facts.expectations > 0, version == .http11 else { return false }
        let wanted: StaticString = "100-continue"
        let range = facts.expectation
        guard facts.expectations == 1, wanted.matchesIgnoringCase(bytes, range.lowerBound, range.upperBound) else {
            throw .unknownExpectation
        }
        return true
    }

    /// Exactly one valid `Host` (RFC 9112 §3.2); only HTTP/1.0 may do without. An absolute target must name the same.
    private static func checkHost(
        _ facts: FramingFields, _ bytes: Span<UInt8>, _ version: HTTPVersion, _ target: inout RequestTarget.Parts
    ) throws(HTTPFault) {
        if facts.hosts == 0, version == .http10 { return }
        let host = facts.host
        guard facts.hosts == 1, Authority.isValid(bytes, host.lowerBound, host.upperBound) else { throw .badHost }
        if target.form == .absolute {
            guard Authority.areEqual(bytes, host, target.authority) else { throw .badHost }
        } else {
            target.authority = host
        }
    }
}

extension BodyFraming {
    var hasContent: Bool { self != .none && self != .length(0) }
}

extension [FieldSlot] {
    /// Names that are known by number keep the case they came in; nobody sees it but the next hop.
    func lowercaseUnknownNames(in bytes: inout [UInt8]) {
        for slot in self where slot.known == nil { bytes.lowercase(slot.name) }
    }
}

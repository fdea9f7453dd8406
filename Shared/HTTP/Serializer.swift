import Bytes

/// Writes messages (RFC 9112). Nothing here can be split or desynchronised by a value: names, values, methods and
/// targets are checked types, and the framing fields are written from `framing` alone, never from the fields.
public enum Serializer {
    /// Appends a request's head: target in origin form, `Host` from the fields, hop-by-hop fields left out.
    ///
    /// `upgrade` keeps the `Upgrade` field and names it in `Connection`. `.untilClose` has no meaning in a request and
    /// counts as no content.
    public static func append(_ head: RequestHead, upgrade: Bool = false, to out: inout [UInt8]) {
        let target = head.target.originFormBytes
        out.append(atMost: bound(head.fields) + target.count) { writer in
            writer.append(head.method.staticName)
            writer.append(UInt8(ascii: " "))
            writer.append(target.span)
            writer.append(" HTTP/1.1\r\n")
            append(head.fields, keeping: upgrade ? .upgrade : nil, skipExpect: !head.expectsContinue, &writer)
            let announcesNothing = head.framing == .none && head.method.usuallyHasContent
            append(announcesNothing ? .length(0) : head.framing, &writer)
            appendConnection(upgrade: upgrade, keepAlive: head.keepAlive, &writer)
        }
    }

    /// Appends a response's head. 101 keeps the `Upgrade` field; without content (HEAD, 304) `Content-Length` is passed on.
    public static func append(_ head: ResponseHead, to out: inout [UInt8]) {
        let upgrade = head.status == 101
        let hasNoContent = head.framing == .none && head.status >= 200 && head.status != 204
        let keepAlive = head.keepAlive && head.framing != .untilClose || head.status < 200
        out.append(atMost: bound(head.fields)) { writer in
            writer.append("HTTP/1.1 ")
            writer.append(decimal: UInt64(head.status))
            writer.append(UInt8(ascii: " "))
            writer.append(StatusCode.reason(head.status))
            writer.append("\r\n")
            append(head.fields, keeping: upgrade ? .upgrade : hasNoContent ? .contentLength : nil, &writer)
            if head.status >= 200, head.status != 204 { append(head.framing, &writer) }
            appendConnection(upgrade: upgrade, keepAlive: keepAlive, &writer)
        }
    }

    /// Appends one chunk; nothing for no octets, because an empty chunk would be the last.
    public static func appendChunk(_ bytes: ArraySlice<UInt8>, to out: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        appendHex(bytes.count, to: &out)
        out.append("\r\n")
        out.append(contentsOf: bytes)
        out.append("\r\n")
    }

    /// Appends the end of chunked content, without trailers.
    public static func appendLastChunk(to out: inout [UInt8]) { out.append("0\r\n\r\n") }

    /// Appends a `100 Continue` response.
    public static func appendContinue(to out: inout [UInt8]) { out.append("HTTP/1.1 100 Continue\r\n\r\n") }

    // MARK: Parts

    /// Everything but the fields and the target is shorter than 128 octets.
    private static func bound(_ fields: HTTPFields) -> Int { 128 + fields.octetCount + fields.count * 4 }

    /// Appends the fields but those that the connection owns.
    private static func append(
        _ fields: HTTPFields, keeping kept: KnownFieldName?, skipExpect: Bool = false, _ writer: inout OctetWriter
    ) {
        let bytes = fields.bytes.span
        let owned = KnownFieldName.ownedByConnection
        for slot in fields.slots {
            if let known = slot.known, known != kept, owned.contains(known) || skipExpect && known == .expect {
                continue
            }
            writer.append(bytes.extracting(slot.name))
            writer.append(": ")
            writer.append(bytes.extracting(slot.value))
            writer.append("\r\n")
        }
    }

    private static func append(_ framing: BodyFraming, _ writer: inout OctetWriter) {
        switch framing {
        case .none, .untilClose: break
        case .length(let length):
            writer.append("content-length: ")
            writer.append(decimal: length)
            writer.append("\r\n")
        case .chunked: writer.append("transfer-encoding: chunked\r\n")
        }
    }

    private static func appendConnection(upgrade: Bool, keepAlive: Bool, _ writer: inout OctetWriter) {
        if upgrade {
            writer.append("connection: upgrade\r\n\r\n")
        } else {
            writer.append(keepAlive ? "\r\n" : "connection: close\r\n\r\n")
        }
    }

    private static func appendHex(_ value: Int, to out: inout [UInt8]) {
        var shift = max(0, (Int.bitWidth - value.leadingZeroBitCount - 1) / 4 * 4)
        while shift >= 0 {
            out.append(Hex.digit(UInt8(value >> shift & 15)))
            shift -= 4
        }
    }
}

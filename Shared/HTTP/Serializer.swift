import Bytes

/// Writes messages (RFC 9112). Nothing here can be split or desynchronised by a value: names, values, methods and
/// targets are checked types, and the framing fields are written from `framing` alone, never from the fields.
public enum Serializer {
    /// Appends a request's head: target in origin form, `Host` from the fields, hop-by-hop fields left out.
    ///
    /// `upgrade` keeps the `Upgrade` field and names it in `Connection`. `.untilClose` has no meaning in a request and
    /// counts as no content.
    public static func append(_ head: RequestHead, upgrade: Bool = false, to out: inout [UInt8]) {
        reserve(head.fields, &out)
        out.append(head.method.staticName)
        out.append(UInt8(ascii: " "))
        out.append(contentsOf: head.target.originFormBytes)
        out.append(" HTTP/1.1\r\n")
        append(head.fields, keeping: upgrade ? .upgrade : nil, skipExpect: !head.expectsContinue, to: &out)
        let announcesNothing = head.framing == .none && head.method.usuallyHasContent
        append(announcesNothing ? .length(0) : head.framing, to: &out)
        appendConnection(upgrade: upgrade, keepAlive: head.keepAlive, to: &out)
    }

    /// Appends a response's head. 101 keeps the `Upgrade` field; without content (HEAD, 304) `Content-Length` is passed on.
    public static func append(_ head: ResponseHead, to out: inout [UInt8]) {
        reserve(head.fields, &out)
        out.append("HTTP/1.1 ")
        Decimal.append(UInt64(head.status), to: &out)
        out.append(UInt8(ascii: " "))
        out.append(StatusCode.reason(head.status))
        out.append("\r\n")
        let upgrade = head.status == 101
        let hasNoContent = head.framing == .none && head.status >= 200 && head.status != 204
        append(head.fields, keeping: upgrade ? .upgrade : hasNoContent ? .contentLength : nil, to: &out)
        if head.status >= 200, head.status != 204 { append(head.framing, to: &out) }
        let keepAlive = head.keepAlive && head.framing != .untilClose || head.status < 200
        appendConnection(upgrade: upgrade, keepAlive: keepAlive, to: &out)
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

    private static func reserve(_ fields: HTTPFields, _ out: inout [UInt8]) {
        let wanted = out.count + fields.bytes.count + fields.slots.count * 4 + 128
        if out.capacity < wanted { out.reserveCapacity(Swift.max(wanted, out.capacity * 2)) }
    }

    /// Appends the fields but those that the connection owns; neighbouring lines that look as on the wire in one go.
    private static func append(
        _ fields: HTTPFields, keeping kept: KnownFieldName?, skipExpect: Bool = false, to out: inout [UInt8]
    ) {
        var run = 0..<0
        for slot in fields.slots {
            if let known = slot.known, known != kept, known.isOwnedByConnection || skipExpect && known == .expect {
                continue
            }
            let line = fields.line(slot)
            if let line, line.lowerBound == run.upperBound {
                run = run.lowerBound..<line.upperBound
                continue
            }
            out.append(contentsOf: fields.bytes[run])
            run = line ?? 0..<0
            if line == nil { append(fields.bytes[slot.name], fields.bytes[slot.value], to: &out) }
        }
        out.append(contentsOf: fields.bytes[run])
    }

    private static func append(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, to out: inout [UInt8]) {
        out.append(contentsOf: name)
        out.append(": ")
        out.append(contentsOf: value)
        out.append("\r\n")
    }

    private static func append(_ framing: BodyFraming, to out: inout [UInt8]) {
        switch framing {
        case .none, .untilClose: break
        case .length(let length): append(length: length, to: &out)
        case .chunked: out.append("transfer-encoding: chunked\r\n")
        }
    }

    private static func append(length: UInt64, to out: inout [UInt8]) {
        out.append("content-length: ")
        Decimal.append(length, to: &out)
        out.append("\r\n")
    }

    private static func appendConnection(upgrade: Bool, keepAlive: Bool, to out: inout [UInt8]) {
        if upgrade {
            out.append("connection: upgrade\r\n\r\n")
        } else {
            out.append(keepAlive ? "\r\n" : "connection: close\r\n\r\n")
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

extension [UInt8] {
    mutating func append(_ text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

extension HTTPFields {
    /// The whole line of a field, if it stands in memory exactly as `name: value` CR LF.
    fileprivate func line(_ slot: FieldSlot) -> Range<Int>? {
        let name = slot.name
        let value = slot.value
        guard value.lowerBound == name.upperBound + 2, value.upperBound + 2 <= bytes.count,
            bytes[name.upperBound] == UInt8(ascii: ":"), bytes[name.upperBound + 1] == UInt8(ascii: " "),
            bytes[value.upperBound] == UInt8(ascii: "\r"), bytes[value.upperBound + 1] == UInt8(ascii: "\n")
        else { return nil }
        return name.lowerBound..<value.upperBound + 2
    }
}

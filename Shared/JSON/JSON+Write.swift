public import Bytes

extension JSON {
    /// The document without white space. It is well-formed whatever the strings hold; see `appendString`.
    public static func write(_ value: JSONValue) -> [UInt8] {
        var out: [UInt8] = []
        write(value, to: &out)
        return out
    }

    /// Appends the document without white space.
    public static func write(_ value: JSONValue, to out: inout [UInt8]) {
        switch value {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .number(let number): out += number.spelling.bytes
        case .string(let text): appendString(text, to: &out)
        case .array(let elements): write(elements, to: &out)
        case .object(let object): write(object, to: &out)
        }
    }

    private static func write(_ elements: [JSONValue], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        for (position, element) in elements.enumerated() {
            if position > 0 { out.append(UInt8(ascii: ",")) }
            write(element, to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    private static func write(_ object: JSONObject, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "{"))
        for (position, member) in object.members.enumerated() {
            if position > 0 { out.append(UInt8(ascii: ",")) }
            appendString(member.name, to: &out)
            out.append(UInt8(ascii: ":"))
            write(member.value, to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    /// Appends a string with its quotation marks.
    ///
    /// Quotation mark, backslash and every control character (C0, DEL and C1, which terminals obey) are escaped.
    /// Each octet that does not belong to well-formed UTF-8 becomes U+FFFD.
    public static func appendString(_ bytes: ArraySlice<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var run = bytes.startIndex
        var index = bytes.firstIndex { !isPlain($0) } ?? bytes.endIndex
        while index < bytes.endIndex {
            if isPlain(bytes[index]) {
                index += 1
            } else if bytes[index] >= 0x80, let length = plainSequence(in: bytes, at: index) {
                index += length
            } else {
                out += bytes[run..<index]
                index += appendSpecial(in: bytes, at: index, to: &out)
                run = index
            }
        }
        out += bytes[run...]
        out.append(UInt8(ascii: "\""))
    }

    /// As `appendString(_:to:)` for a slice.
    public static func appendString(_ bytes: [UInt8], to out: inout [UInt8]) { appendString(bytes[...], to: &out) }

    /// As `appendString(_:to:)` for a slice.
    public static func appendString(_ text: ByteString, to out: inout [UInt8]) {
        appendString(text.bytes[...], to: &out)
    }

    /// Whether an octet is a character that stands for itself in a string.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// The length of a well-formed sequence that needs no escape: not of a C1 control, C2 80 to C2 9F.
    private static func plainSequence(in bytes: ArraySlice<UInt8>, at index: Int) -> Int? {
        guard let length = UTF8Sequence.length(in: bytes, at: index) else { return nil }
        return bytes[index] == 0xC2 && bytes[index + 1] < 0xA0 ? nil : length
    }

    /// Appends what stands for the octets at the index, and answers how many they are.
    private static func appendSpecial(in bytes: ArraySlice<UInt8>, at index: Int, to out: inout [UInt8]) -> Int {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): out += "\\n".utf8
        case UInt8(ascii: "\r"): out += "\\r".utf8
        case UInt8(ascii: "\t"): out += "\\t".utf8
        case 0..<0x80: appendEscape(byte, to: &out)
        case 0xC2 where UTF8Sequence.length(in: bytes, at: index) != nil:
            appendEscape(bytes[index + 1], to: &out)
            return 2
        default: out += [0xEF, 0xBF, 0xBD]
        }
        return 1
    }

    private static func appendEscape(_ byte: UInt8, to out: inout [UInt8]) {
        out += "\\u00".utf8
        out += [Hex.digit(byte >> 4), Hex.digit(byte & 15)]
    }
}

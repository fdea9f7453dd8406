import Bytes
import HTTP

/// The lines of the input are `Cookie` fields.
enum CookieProperties {
    static func check(_ input: [UInt8]) throws {
        let lines = input.split(separator: 0x0A).compactMap { FieldValue(ByteString($0)) }
        var fields = HTTPFields()
        for line in lines { fields.append(.cookie, line) }
        let cookies = Cookies(fields)
        let found = cookies.map { [ByteString($0.name), ByteString($0.value)] }
        try require(found == plainly(lines), "the pairs are those of a plain reading")
        for pair in found.prefix(40) { try checkLookup(pair[0], found, cookies) }
        for pair in found.prefix(8) { try checkSetting(pair[0], pair[1]) }
    }

    /// RFC 6265 section 5.4 backwards: parts between semicolons, trimmed, split at the first `=`.
    private static func plainly(_ lines: [FieldValue]) -> [[ByteString]] {
        lines.flatMap { line in
            line.bytes.bytes.split(separator: UInt8(ascii: ";")).compactMap { part in
                let blank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
                let pair = Array(part.drop(while: blank).reversed().drop(while: blank).reversed())
                guard let equals = pair.firstIndex(of: UInt8(ascii: "=")), equals > 0 else { return nil }
                return [ByteString(pair[..<equals]), ByteString(pair[(equals + 1)...])]
            }
        }
    }

    private static func checkLookup(_ name: ByteString, _ pairs: [[ByteString]], _ cookies: Cookies) throws {
        let values = pairs.filter { $0[0] == name }.map { $0[1] }
        switch cookies[name] {
        case .one(let value): try require(values == [ByteString(value)], "one means one")
        case .ambiguous: try require(values.count > 1, "ambiguous means several")
        case .absent: throw Violation(description: "a cookie that is there is found")
        }
    }

    /// What may be set comes back as it was.
    private static func checkSetting(_ name: ByteString, _ value: ByteString) throws {
        guard let cookie = SetCookie(name: name, value: value, sameSite: .strict) else { return }
        let text = cookie.fieldValue.bytes
        try require(FieldValue(text) != nil && text.hasPrefix(name + "=" + value + "; "), "it is a field's value")
        try require(text.bytes.filter { $0 == UInt8(ascii: ";") }.count == 4, "a value adds no attribute")
        let returned = try require(FieldValue(name + "=" + value), "so is what comes back")
        try require(Cookies([.cookie: returned])[name] == .one(value.bytes[...]), "what was set comes back")
    }
}

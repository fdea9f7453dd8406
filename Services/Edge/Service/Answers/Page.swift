internal import Bytes
internal import Crypto
internal import HTTP

/// A link or, with hidden values, a form with one button.
struct PageLink: Equatable {
    let text: ByteString
    /// A path of ours.
    let path: ByteString
    /// Sent along by the button.
    var values: [(name: ByteString, value: ByteString)] = []

    static func == (left: PageLink, right: PageLink) -> Bool {
        left.text == right.text && left.path == right.path
            && left.values.elementsEqual(right.values) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// The few pages that the edge shows itself: no script, nothing loaded, one style whose hash the policy names.
enum Page {
    private static let style: ByteString = """
        :root{color-scheme:light dark;font:100%/1.5 system-ui,sans-serif}body{max-width:36rem;margin:12vh auto;padding:0 1.5rem}\
        h1{font-size:1.4rem}a,button{font:inherit}small{opacity:.7}
        """

    private static let policy: FieldValue = {
        let hash = Base64.encodeStandard(Hash.sha256(style.bytes)).text
        let text =
            "default-src 'none'; style-src 'sha256-\(hash)'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        return FieldValue(ByteString(text)) ?? "default-src 'none'; frame-ancestors 'none'"
    }()

    /// Sets the fields that go with a page.
    static func describe(in fields: inout HTTPFields) {
        fields.set(.contentType, "text/html; charset=utf-8")
        fields.set(.contentSecurityPolicy, policy)
    }

    /// A heading, a sentence, and a way on.
    static func message(
        _ title: ByteString, text: ByteString?, link: PageLink?, reference: ByteString? = nil
    ) -> [UInt8] {
        var out = begin(title)
        out += "<h1>".utf8
        append(title, to: &out)
        out += "</h1>".utf8
        if let text { paragraph(text, to: &out) }
        if let link { append(link, to: &out) }
        if let reference {
            out += "<p><small>Reference: ".utf8
            append(reference, to: &out)
            out += "</small></p>".utf8
        }
        return out + Array("</main></body></html>\n".utf8)
    }

    /// Leads on by itself, from our own site: the browser then sends the Strict cookie along.
    static func bounce(to place: LocalPath) -> [UInt8] {
        var refresh = Array("<meta http-equiv=\"refresh\" content=\"0;url=".utf8)
        append(place.bytes, to: &refresh)
        refresh += "\">".utf8
        var out = begin("One moment", extra: refresh)
        append(PageLink(text: "Continue", path: place.bytes), to: &out)
        return out + Array("</main></body></html>\n".utf8)
    }

    private static func begin(_ title: ByteString, extra: [UInt8] = []) -> [UInt8] {
        var out = Array("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">".utf8)
        out += extra
        out += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>".utf8
        append(title, to: &out)
        out += "</title><style>".utf8
        out += style.bytes
        return out + Array("</style></head><body><main>".utf8)
    }

    private static func paragraph(_ text: ByteString, to out: inout [UInt8]) {
        out += "<p>".utf8
        append(text, to: &out)
        out += "</p>".utf8
    }

    private static func append(_ link: PageLink, to out: inout [UInt8]) {
        guard !link.values.isEmpty else {
            out += "<p><a href=\"".utf8
            append(link.path, to: &out)
            out += "\">".utf8
            append(link.text, to: &out)
            out += "</a></p>".utf8
            return
        }
        out += "<form method=\"get\" action=\"".utf8
        append(link.path, to: &out)
        out += "\">".utf8
        for (name, value) in link.values {
            out += "<input type=\"hidden\" name=\"".utf8
            append(name, to: &out)
            out += "\" value=\"".utf8
            append(value, to: &out)
            out += "\">".utf8
        }
        out += "<p><button>".utf8
        append(link.text, to: &out)
        out += "</button></p></form>".utf8
    }

    /// Text for an element or a quoted attribute.
    private static func append(_ text: ByteString, to out: inout [UInt8]) {
        for byte in text.bytes {
            switch byte {
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case UInt8(ascii: "\""): out += "&quot;".utf8
            case UInt8(ascii: "'"): out += "&#39;".utf8
            default: out.append(byte)
            }
        }
    }
}

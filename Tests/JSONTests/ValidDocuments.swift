import JSON
import Testing

/// A document that must be accepted, and its spelling by the writer.
struct Valid: Sendable, CustomTestStringConvertible {
    let text: String
    let written: String

    init(_ text: String, _ written: String? = nil) {
        self.text = text
        self.written = written ?? text
    }

    var testDescription: String { text.debugDescription }
}

enum ValidDocuments {
    static let all = structure + numbers + strings

    static let structure: [Valid] = [
        .init("null"),
        .init("true"),
        .init("false"),
        .init("[]"),
        .init("{}"),
        .init("[[]]"),
        .init("[[],[[]]]"),
        .init("[{}]"),
        .init("{\"\":0}"),
        .init("{\"a\":{\"b\":[1,2,{\"c\":null}]}}"),
        .init(" \t\r\n1 \t\r\n", "1"),
        .init("[ 1 , 2\n]", "[1,2]"),
        .init("{ \"a\" :\t1 ,\r\n\"b\" : [ ] }", "{\"a\":1,\"b\":[]}"),
        .init("{\"b\":1,\"a\":2}"),
        .init("{\"a\":1,\"A\":2}"),
        .init("{\"K\":1,\"\u{212A}\":2}"),
        .init("{\"\u{E9}\":1,\"e\u{301}\":2}"),
        .init("{\"a\":1,\"a\\u0000\":2}"),
        .init("[null,true,false,0,\"\",[],{}]"),
    ]

    static let numbers: [Valid] = [
        .init("0"),
        .init("-0"),
        .init("1"),
        .init("-1"),
        .init("10"),
        .init("1.0"),
        .init("-0.0"),
        .init("0.5"),
        .init("1.25e3"),
        .init("1e3"),
        .init("1E3"),
        .init("1e+3"),
        .init("1E-3"),
        .init("0e0"),
        .init("0e+00"),
        .init("1e007"),
        .init("1e300"),
        .init("1e400"),
        .init("-1e400"),
        .init("1e-400"),
        .init("9223372036854775807"),
        .init("-9223372036854775808"),
        .init("9223372036854775808"),
        .init("18446744073709551616"),
        .init("123456789012345678901234567890"),
        .init("3.141592653589793238462643383279"),
        .init(String(repeating: "9", count: 256)),
    ]

    static let strings: [Valid] = [
        .init("\"\""),
        .init("\"a\""),
        .init("\" \""),
        .init("\"/\""),
        .init(#""\/""#, "\"/\""),
        .init(#""\"\\""#),
        .init(#""\n\r\t""#),
        .init(#""\b\f""#, #""\u0008\u000c""#),
        .init(#""\u0000\u001F""#, #""\u0000\u001f""#),
        .init(#""\u007F""#, #""\u007f""#),
        .init("\"\u{7F}\"", #""\u007f""#),
        .init("\"\u{80}\u{9B}\u{9F}\"", #""\u0080\u009b\u009f""#),
        .init(#""\u0041\u00e9\u20AC""#, "\"A\u{E9}\u{20AC}\""),
        .init(#""\uD83D\uDE00""#, "\"\u{1F600}\""),
        .init(#""\uD800\uDC00""#, "\"\u{10000}\""),
        .init(#""\uDBFF\uDFFF""#, "\"\u{10FFFF}\""),
        .init(#""\uFFFF""#, "\"\u{FFFF}\""),
        .init(#""\\uD800""#),
        .init("\"\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFD}\u{10000}\u{10FFFF}\""),
        .init("\"\u{A0}\u{2028}\u{2029}\u{FEFF}\""),
        .init("\"// no comment /* here */\""),
        .init(#""\u002f\u002F""#, "\"//\""),
    ]
}

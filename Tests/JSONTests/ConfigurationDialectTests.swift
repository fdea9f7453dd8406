import Bytes
import JSON
import Testing

@Suite struct ConfigurationDialectTests {
    private func parse(_ text: String) throws -> JSONValue {
        try JSON.parse(Array(text.utf8), dialect: .configuration)
    }

    @Test(arguments: [
        "// first\n{\"a\": [1, 2,], /* between\n lines */ \"b\": \"// text\", }",
        "{\"a\":[1,2],\"b\":\"// text\"} // last",
        "/**/{/***/\"a\"/* * / */:/*/ */[1//\n,2/**/,//\r\n],\"b\":\"// text\"//\n}/**/",
        "{\"a\":[1,2],\"b\":\"// text\"}/* end */\n//",
    ])
    func `comments and trailing commas are skipped`(_ text: String) throws {
        #expect(try parse(text) == ["a": [1, 2], "b": "// text"])
    }

    @Test(arguments: [
        ("[,]", JSONError(.unexpectedByte, offset: 1)),
        ("[1,,]", JSONError(.unexpectedByte, offset: 3)),
        ("{,}", JSONError(.unexpectedByte, offset: 1)),
        ("{\"a\":1,,}", JSONError(.unexpectedByte, offset: 7)),
        ("1,", JSONError(.trailingBytes, offset: 1)),
        ("{} /* open", JSONError(.unterminatedComment, offset: 3)),
        ("/*/", JSONError(.unterminatedComment, offset: 0)),
        ("/* /* */ */ 1", JSONError(.unexpectedByte, offset: 9)),
        ("/", JSONError(.unexpectedEnd, offset: 1)),
        ("[1 / 2]", JSONError(.unexpectedByte, offset: 3)),
        ("# no\n1", JSONError(.unexpectedByte, offset: 0)),
        ("{a: 1}", JSONError(.unexpectedByte, offset: 1)),
        ("{'a': 1}", JSONError(.unexpectedByte, offset: 1)),
        ("[01]", JSONError(.unexpectedByte, offset: 2)),
        ("[+1]", JSONError(.unexpectedByte, offset: 1)),
        ("{\"a\":1,\"a\":2}", JSONError(.duplicateMember, offset: 7)),
        ("// only a comment", JSONError(.unexpectedEnd, offset: 17)),
        ("\u{FEFF}1", JSONError(.byteOrderMark, offset: 0)),
    ])
    func `everything else stays as strict`(_ text: String, _ expected: JSONError) {
        #expect(throws: expected) { try parse(text) }
    }

    @Test(arguments: [
        (0, 1, 1), (3, 1, 4), (4, 2, 1), (7, 2, 4), (9, 2, 4), (10, 3, 1), (11, 4, 1), (12, 4, 2), (99, 4, 3),
    ])
    func `an offset has the line and column that an editor shows`(_ offset: Int, _ line: Int, _ column: Int) {
        let text = Array("abc\nde€\n\nxy".utf8)
        var expected = TextPosition(of: 0, in: [])
        expected.line = line
        expected.column = column
        #expect(TextPosition(of: offset, in: text) == expected)
    }

    @Test func `an error and a place read well`() {
        #expect(JSONError(.unexpectedByte, offset: 5).description == "unexpected character at byte 5")
        #expect(TextPosition(of: 5, in: Array("abc\ndef".utf8)).description == "line 2, column 2")
    }
}

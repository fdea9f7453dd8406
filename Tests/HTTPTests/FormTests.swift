import Bytes
import HTTP
import Testing

@Suite struct FormTests {
    @Test(
        arguments: [
            ("", []), ("a=b", [("a", "b")]), ("a=", [("a", "")]), ("a", [("a", "")]),
            ("a=b&c=d", [("a", "b"), ("c", "d")]),
            ("a=b=c", [("a", "b=c")]), ("a+b=c+d", [("a b", "c d")]), ("%61=%62", [("a", "b")]),
            ("a=%2B%26%3D", [("a", "+&=")]),
            ("a=1&a=2", [("a", "1"), ("a", "2")]), ("a=%00%FF", [("a", "\u{0}\u{FF}")]), ("a=/?:@", [("a", "/?:@")]),
        ] as [(String, [(String, String)])])
    func `pairs are read in order`(_ text: String, _ pairs: [(String, String)]) throws {
        let form = try Form(parsing: ByteString(octets(text)))
        #expect(form.pairs.map { $0.name.bytes } == pairs.map { octets($0.0) })
        #expect(form.pairs.map { $0.value.bytes } == pairs.map { octets($0.1) })
    }

    @Test(arguments: [
        "=b", "&", "a=b&", "&a=b", "a=b&&c=d", "a=%", "a=%2", "a=%zz", "%=a", "a=b c", "a=\u{E9}", "a=b\r\n", "a=\u{0}",
        "a#b",
        "a=\u{7F}", "a\tb=c", "=", "+%=a",
    ])
    func `what would have to be guessed is refused`(_ text: String) {
        #expect(throws: Form.Fault.malformed) { try Form(parsing: ByteString(octets(text))) }
    }

    @Test func `a name is asked for as the only one`() throws {
        let form = try Form(parsing: "a=1&b=2&a=3")
        #expect(try form.only("b") == "2")
        #expect(try form.only("c") == nil)
        #expect(throws: Form.Fault.repeated("a")) { try form.only("a") }
        #expect(form.all("a") == ["1", "3"])
        #expect(form.contains("a"))
        #expect(!form.contains("A"))
    }

    @Test func `the number of pairs is bounded`() throws {
        #expect(try Form(parsing: "a=1&b=2", maximumPairs: 2).pairs.count == 2)
        #expect(throws: Form.Fault.tooManyPairs) { try Form(parsing: "a=1&b=2&c=3", maximumPairs: 2) }
    }

    @Test func `what is written is read back`() throws {
        var form = Form()
        form.append("redirect_uri", "https://a/b?c=d&e")
        form.append("scope", "openid profile")
        form.append("x", ByteString(Array(0...255)))
        #expect(form.encoded.hasPrefix("redirect_uri=https%3A%2F%2Fa%2Fb%3Fc%3Dd%26e&scope=openid+profile&x=%00"))
        #expect(try Form(parsing: form.encoded) == form)
    }

    @Test func `a description shows no value`() throws {
        #expect(try Form(parsing: "code=s3cret").description == "[code]")
    }
}

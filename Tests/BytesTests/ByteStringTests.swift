import Bytes
import Testing

@Suite struct ByteStringTests {
    @Test func `octets are compared, not characters`() {
        #expect(ByteString("\u{E9}") != ByteString("e\u{301}"))
        #expect(ByteString("\u{212A}") != "K")
        #expect(ByteString("\r\n").bytes == [13, 10])
        #expect(ByteString("a") < "b")
        #expect(ByteString("a") < "aa")
        #expect(Set<ByteString>(["a", "a", "b"]).count == 2)
    }

    @Test func `beginnings and ends`() {
        let text: ByteString = "hello"
        #expect(text.hasPrefix("he") && text.hasPrefix("") && !text.hasPrefix("hello!"))
        #expect(text.hasSuffix("lo") && text.hasSuffix("") && !text.hasSuffix("xhello"))
        #expect("he" + "llo" as ByteString == text)
        #expect(ByteString.empty.isEmpty)
    }

    @Test func `a description is safe to log`() {
        #expect(ByteString("a\r\n\\\u{1B}[0m").description == "a\\x0d\\x0a\\x5c\\x1b[0m")
        #expect(ByteString([0xFF, 0x00]).description == "\\xff\\x00")
        #expect(ByteString([0xFF]).text == "\u{FFFD}")
    }
}

@Suite struct ASCIITests {
    @Test func `classes and case are those of ASCII, for every octet`() {
        for octet in UInt8.min...UInt8.max {
            let scalar = Unicode.Scalar(octet)
            let isASCII = octet < 128
            #expect(ASCII.isDigit(octet) == (isASCII && scalar.properties.numericType == .decimal))
            #expect(ASCII.isLetter(octet) == (isASCII && scalar.properties.isAlphabetic))
            #expect(ASCII.isAlphanumeric(octet) == (ASCII.isDigit(octet) || ASCII.isLetter(octet)))
            let lower = isASCII ? Array(scalar.properties.lowercaseMapping.utf8) : [octet]
            #expect([ASCII.lowercased(octet)] == lower)
        }
    }

    @Test func `case is ignored for letters only`() {
        #expect(ASCII.equalsIgnoringCase(Array("HoSt".utf8), Array("hOsT".utf8)))
        #expect(!ASCII.equalsIgnoringCase(Array("@".utf8), Array("`".utf8)))
        #expect(!ASCII.equalsIgnoringCase(Array("a".utf8), Array("ab".utf8)))
        #expect(!ASCII.equalsIgnoringCase([0xC9], [0xE9]))
        #expect(ASCII.lowercased("Ab\u{C9}" as ByteString) == "ab\u{C9}")
    }
}

@Suite struct SecretTests {
    @Test func `a secret is never printed`() {
        let secret = Secret("s3cret")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(Optional(secret) as Any)"] {
            #expect(!text.contains("s3cret"))
            #expect(!text.contains("115"))
        }
        #expect(secret.description == "[redacted]")
    }

    @Test func `its bytes come out only when asked for`() {
        let secret = Secret("s3cret")
        #expect(secret.reveal() == Array("s3cret".utf8))
        #expect(secret.count == 6)
        #expect(!secret.isEmpty)
        #expect(Secret([UInt8]()).isEmpty)
    }

    @Test func `equality is that of the octets`() {
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
        #expect(Secret("a") != Secret("aa"))
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([1, 2, 3], [0, 2, 3]))
        #expect(!constantTimeEquals([1], [1, 0]))
        #expect(constantTimeEquals([], []))
    }

    @Test func `wiping leaves zeros`() {
        var bytes: [UInt8] = [1, 2, 3]
        wipe(&bytes)
        #expect(bytes == [0, 0, 0])
    }
}

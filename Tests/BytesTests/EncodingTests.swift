import Bytes
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 §10.
    @Test(arguments: [
        ("", "", ""), ("f", "Zg", "Zg=="), ("fo", "Zm8", "Zm8="), ("foo", "Zm9v", "Zm9v"),
        ("foob", "Zm9vYg", "Zm9vYg=="),
        ("fooba", "Zm9vYmE", "Zm9vYmE="), ("foobar", "Zm9vYmFy", "Zm9vYmFy"),
    ])
    func `published vectors`(_ text: String, _ url: String, _ standard: String) {
        #expect(Base64.encodeURL(Array(text.utf8)) == ByteString(url))
        #expect(Base64.encodeStandard(Array(text.utf8)) == ByteString(standard))
        #expect(Base64.decodeURL(ByteString(url)) == Array(text.utf8))
    }

    @Test func `the two alphabets differ in two letters`() {
        #expect(Base64.encodeURL([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(Base64.encodeStandard([0xFB, 0xEF, 0xFF]) == "++//")
        #expect(Base64.decodeURL("--__") == [0xFB, 0xEF, 0xFF])
    }

    @Test(arguments: [
        "Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "Zg\n", " Zg", "Z g", "+w", "/w", "Zm9v.", "Zm\u{E9}v", "Zg\u{0}",
        "-_\u{7F}A",
        "__", "ZgA=", "=", "Zm9vYmF0Zg=",
    ])
    func `only the one canonical spelling is read`(_ text: String) {
        #expect(Base64.decodeURL(ByteString(text)) == nil)
    }

    @Test func `every value of up to two octets has one spelling`() {
        for high in UInt8.min...UInt8.max {
            #expect(Base64.decodeURL(Base64.encodeURL([high])) == [high])
            let pair = [high, high &* 7 &+ 3]
            #expect(Base64.decodeURL(Base64.encodeURL(pair)) == pair)
        }
        var spellings = 0
        for first in Array(UInt8.min...UInt8.max) {
            for second in Array(UInt8.min...UInt8.max) where Base64.decodeURL(ByteString([first, second])) != nil {
                spellings += 1
            }
        }
        #expect(spellings == 256)
    }
}

@Suite struct HexTests {
    @Test func `octets are written in lower case and read in either`() {
        #expect(Hex.encode([0x00, 0xFF, 0xA5]) == "00ffa5")
        #expect(Hex.decode("00FFa5") == [0x00, 0xFF, 0xA5])
        #expect(Hex.decode("") == [])
    }

    @Test(arguments: ["0", "0g", "0x", " 0", "0 ", "+1", "-1", "000", "\u{FF11}\u{FF11}", "0\u{0}"])
    func `other text is refused`(_ text: String) {
        #expect(Hex.decode(ByteString(text)) == nil)
    }

    @Test func `every octet is a digit or not`() {
        for octet in UInt8.min...UInt8.max {
            let expected = "0123456789abcdef".utf8.firstIndex(of: octet | (ASCII.isLetter(octet) ? 0x20 : 0))
            #expect((Hex.value(octet) != nil) == (expected != nil))
            if let value = Hex.value(octet) { #expect(Hex.digit(value) == ASCII.lowercased(octet)) }
        }
    }
}

@Suite struct PercentTests {
    @Test func `all but unreserved characters are escaped`() {
        #expect(Percent.encode(Array("aZ09-._~".utf8)) == "aZ09-._~")
        #expect(Percent.encode(Array(" +/?#%&=:@\u{E9}".utf8)) == "%20%2B%2F%3F%23%25%26%3D%3A%40%C3%A9")
        #expect(Percent.encodeForm(Array("a b+c".utf8)) == "a+b%2Bc")
    }

    @Test func `what is written is read back`() {
        let all = Array(UInt8.min...UInt8.max)
        #expect(Percent.decode(Percent.encode(all).bytes[...]) == all)
        #expect(Percent.decode(Percent.encodeForm(all).bytes[...], plusIsBlank: true) == all)
    }

    @Test func `plus is a blank only in forms`() {
        #expect(Percent.decode(Array("a+b".utf8)[...]) == Array("a+b".utf8))
        #expect(Percent.decode(Array("a+b%2b".utf8)[...], plusIsBlank: true) == Array("a b+".utf8))
    }

    @Test(arguments: ["%", "%2", "a%", "%zz", "%2g", "%+1", "% 1", "%%20", "%u0041"])
    func `a broken escape is refused`(_ text: String) {
        #expect(Percent.decode(Array(text.utf8)[...]) == nil)
    }
}

@Suite struct DecimalTests {
    @Test(
        arguments: [
            ("0", 0), ("7", 7), ("007", 7), ("18446", 18_446), ("9999999999999999999", 9_999_999_999_999_999_999),
            ("0000000000000000001", 1),
        ] as [(String, UInt64)])
    func `digits are read`(_ text: String, _ value: UInt64) {
        #expect(Decimal.parse(text.utf8) == value)
    }

    @Test(arguments: [
        "", "+1", "-1", "-0", " 1", "1 ", "1_0", "0x1", "1.0", "1e3", "\u{0661}", "00000000000000000001", "1\u{0}", "a",
    ])
    func `other text is refused`(_ text: String) {
        #expect(Decimal.parse(text.utf8) == nil)
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12_345, .max] as [UInt64])
    func `numbers are written shortly`(_ value: UInt64) {
        #expect(Decimal.encode(value) == ByteString(String(value)))
    }
}

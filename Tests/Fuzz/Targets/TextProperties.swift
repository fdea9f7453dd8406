import Bytes
import HTTP

/// The input is text in one of the small encodings.
enum TextProperties {
    static func check(_ input: [UInt8]) throws {
        try checkBase64(input)
        try checkHex(input)
        try checkPercent(input)
        try checkDecimal(input)
        try checkForm(input)
        try checkMediaType(ByteString(input))
    }

    private static func checkBase64(_ input: [UInt8]) throws {
        try require(Base64.decodeURL(Base64.encodeURL(input)) == input, "base64url brings back what it was given")
        guard let decoded = Base64.decodeURL(ByteString(input)) else { return }
        try require(Base64.encodeURL(decoded).bytes == input, "base64url has one spelling of each value")
    }

    private static func checkHex(_ input: [UInt8]) throws {
        try require(Hex.decode(Hex.encode(input)) == input, "base 16 brings back what it was given")
        guard let decoded = Hex.decode(ByteString(input)) else { return }
        try require(Hex.encode(decoded) == ASCII.lowercased(ByteString(input)), "base 16 differs in case only")
    }

    private static func checkPercent(_ input: [UInt8]) throws {
        try require(
            Percent.decode(Percent.encode(input).bytes[...]) == input, "escapes bring back what they were given")
        let form = Percent.encodeForm(input).bytes[...]
        try require(Percent.decode(form, plusIsBlank: true) == input, "so do those of forms")
        guard let decoded = Percent.decode(input[...]) else { return }
        try require(decoded.count <= input.count, "nothing grows")
    }

    private static func checkDecimal(_ input: [UInt8]) throws {
        guard let value = Decimal.parse(input) else { return }
        let digits = Array(input.drop { $0 == UInt8(ascii: "0") })
        let shortest = digits.isEmpty ? [UInt8(ascii: "0")] : digits
        try require(Decimal.encode(value).bytes == shortest, "a number is its digits")
    }

    private static func checkForm(_ input: [UInt8]) throws {
        guard let form = try? Form(parsing: input[...]) else { return }
        try require(form.pairs.count <= 64, "a form is bounded")
        let again = try? Form(parsing: form.encoded)
        try require(again == form, "a form is written so that it reads the same")
    }

    private static func checkMediaType(_ text: ByteString) throws {
        guard let type = MediaType(text) else { return }
        try require(MediaType(type.name)?.name == type.name, "the name of a media type is one")
    }
}

import Bytes
import JSON
import Testing

@Suite struct NumberTests {
    @Test(
        arguments: [
            ("0", 0, 0), ("-0", 0, -0.0), ("7", 7, 7), ("-7", -7, -7),
            ("9223372036854775807", Int64.max, 0x1p63), ("-9223372036854775808", Int64.min, -0x1p63),
        ] as [(ByteString, Int64, Double)])
    func `an integer that fits is given exactly`(_ text: ByteString, _ integer: Int64, _ double: Double) throws {
        let number = try #require(try JSON.parse(text).number)
        #expect(number.integer == integer)
        #expect(number.double == double)
        #expect(number.spelling == text)
    }

    @Test(
        arguments: [
            ("9223372036854775808", 0x1p63), ("-9223372036854775809", -0x1p63), ("18446744073709551616", 0x1p64),
            ("1.5", 1.5), ("1500000000.5", 1_500_000_000.5), ("1.0", 1), ("1e3", 1000), ("-2.5E-1", -0.25),
            ("1e300", 1e300), ("1e-400", 0), ("0.1", 0.1),
        ] as [(ByteString, Double)])
    func `a fraction, an exponent or 2 to the 63 is no integer but has a value`(_ text: ByteString, _ double: Double)
        throws
    {
        let number = try #require(try JSON.parse(text).number)
        #expect(number.integer == nil)
        #expect(number.double == double)
        #expect(number.spelling == text)
    }

    @Test(arguments: ["1e309", "-1e309", "1e99999999999999999999"] as [ByteString])
    func `what is too large for a double has no value`(_ text: ByteString) throws {
        let number = try #require(try JSON.parse(text).number)
        #expect(number.integer == nil)
        #expect(number.double == nil)
    }

    @Test(arguments: ["1", "-1.5e+7", "0"] as [ByteString])
    func `a spelling that is a number makes one`(_ text: ByteString) {
        #expect(JSONNumber(spelling: text)?.spelling == text)
    }

    @Test(arguments: ["", " 1", "1 ", "+1", "01", "1.", ".5", "-", "NaN", "0x1", "1e", "1,2", "1\0"] as [ByteString])
    func `a spelling that is none makes nothing`(_ text: ByteString) {
        #expect(JSONNumber(spelling: text) == nil)
    }

    @Test func `numbers of Swift are written so that they read back`() throws {
        #expect(JSON.write(.integer(UInt64.max)) == Array("18446744073709551615".utf8))
        #expect(JSON.write(.integer(Int64.min)) == Array("-9223372036854775808".utf8))
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONNumber(-Double.infinity) == nil)
        for double in [0.1, 1e300, .leastNonzeroMagnitude, -0.0, 100, .greatestFiniteMagnitude] {
            let written = JSON.write(.number(try #require(JSONNumber(double))))
            #expect(try JSON.parse(written).number?.double == double)
        }
    }
}

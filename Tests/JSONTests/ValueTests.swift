import Bytes
import JSON
import Testing

@Suite struct ValueTests {
    @Test func `an accessor answers for its own kind of value only`() {
        let values: [JSONValue] = [nil, true, 5, "x", [1], ["a": 1]]
        #expect(values.map(\.isNull) == [true, false, false, false, false, false])
        #expect(values.map(\.bool) == [nil, true, nil, nil, nil, nil])
        #expect(values.map(\.integer) == [nil, nil, 5, nil, nil, nil])
        #expect(values.map(\.string) == [nil, nil, nil, "x", nil, nil])
        #expect(values.map(\.array) == [nil, nil, nil, nil, [1], nil])
        #expect(values.map(\.object) == [nil, nil, nil, nil, nil, JSONObject([("a", 1)])])
        #expect(values.map { $0["a"] } == [nil, nil, nil, nil, nil, 1])
    }

    @Test func `an object keeps the order and one value per name`() {
        var object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
        #expect(object.members.map(\.name) == ["a", "b"])
        #expect(object["a"] == 3)
        object["c"] = 4
        object["a"] = nil
        object["missing"] = nil
        object["b"] = nil as JSONValue?
        #expect(object == JSONObject([("c", 4)]))
        #expect(object.count == 1)
    }

    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], "\"a\u{FFFD}b\""),
            ([0xE2, 0x82], "\"\u{FFFD}\u{FFFD}\""),
            ([0xC0, 0xAF], "\"\u{FFFD}\u{FFFD}\""),
            ([0xC2], "\"\u{FFFD}\""),
            ([0xC2, 0x22], "\"\u{FFFD}\\\"\""),
            ([0xC2, 0x9B, 0x41], "\"\\u009bA\""),
            ([0x1B, 0x5B, 0x6D], "\"\\u001b[m\""),
            ([0xED, 0xA0, 0x80], "\"\u{FFFD}\u{FFFD}\u{FFFD}\""),
            ([0xE2, 0x82, 0xAC], "\"\u{20AC}\""),
        ] as [([UInt8], String)])
    func `the writer escapes what is dangerous and replaces what is not UTF-8`(_ octets: [UInt8], _ written: String) {
        #expect(JSON.write(.string(ByteString(octets))) == Array(written.utf8))
    }

    @Test func `a slice is written by its own bounds`() {
        var out: [UInt8] = []
        JSON.appendString(Array("xx\"yy\n€zz".utf8)[2..<9], to: &out)
        #expect(ByteString(out) == #""\"yy\n€""#)
    }
}

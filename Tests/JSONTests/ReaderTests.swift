import Bytes
import JSON
import Testing

@Suite struct ReaderTests {
    @Test(arguments: MalformedDocuments.all)
    func `refuses a malformed document and says why`(_ document: Malformed) {
        let error = #expect(throws: JSONError.self) { try JSON.parse(document.bytes) }
        #expect(error?.kind == document.kind)
        #expect((error?.offset ?? -1) <= document.bytes.count)
    }

    @Test(arguments: ValidDocuments.all)
    func `accepts a valid document and writes it in one spelling`(_ document: Valid) throws {
        let value = try JSON.parse(Array(document.text.utf8))
        #expect(JSON.write(value) == Array(document.written.utf8))
        #expect(try JSON.parse(JSON.write(value)) == value)
    }

    @Test func `the tables of documents are large enough to mean something`() {
        #expect(MalformedDocuments.all.count >= 150)
        #expect(ValidDocuments.all.count >= 60)
    }

    @Test func `every prefix of a valid document is refused`() throws {
        let text = #"{"a":[1.5e3,"x\u00e9\n",true,{"b":null}],"c":"é"}"#
        let bytes = Array(text.utf8)
        _ = try JSON.parse(bytes)
        for length in 0..<bytes.count {
            #expect(throws: JSONError.self) { try JSON.parse(Array(bytes.prefix(length))) }
        }
    }

    @Test func `a string keeps its octets, without normalisation`() throws {
        let value = try JSON.parse(#"["\u212A","K","e\u0301","é","\u0000"]"#)
        let texts = value.array?.compactMap(\.string) ?? []
        #expect(texts.map(\.bytes) == [[0xE2, 0x84, 0xAA], [0x4B], [0x65, 0xCC, 0x81], [0xC3, 0xA9], [0]])
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func `depth 32 is accepted and 33 refused`(_ opening: String, _ closing: String) throws {
        func nested(_ depth: Int) -> ByteString {
            let inner = opening.hasPrefix("[") ? "" : "1"
            return ByteString(
                String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth))
        }
        _ = try JSON.parse(nested(32))
        let error = #expect(throws: JSONError.self) { try JSON.parse(nested(33)) }
        #expect(error == JSONError(.tooDeep, offset: 32 * opening.utf8.count))
    }

    @Test func `a hundred thousand opening brackets neither crash nor take long`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        let deepest = JSONLimits(depth: .max)
        #expect(throws: JSONError(.tooDeep, offset: 32)) { try JSON.parse(bytes) }
        #expect(throws: JSONError(.tooDeep, offset: 512)) { try JSON.parse(bytes, limits: deepest) }
    }

    @Test func `depth counts what is open, not what has been closed`() throws {
        let flat = "[" + String(repeating: "[],", count: 100) + "[]]"
        #expect(try JSON.parse(ByteString(flat)).array?.count == 101)
    }

    @Test func `length and members are limited, the limits themselves accepted`() throws {
        let limits = JSONLimits(bytes: 16, depth: 4, members: 3)
        _ = try JSON.parse("[1,{\"a\":[   ]} ]", limits: limits)
        _ = try JSON.parse("[1,2,3]", limits: limits)
        #expect(throws: JSONError(.tooLong, offset: 16)) { try JSON.parse("[1,2,           ]", limits: limits) }
        #expect(throws: JSONError(.tooManyMembers, offset: 7)) { try JSON.parse("[1,2,3,4]", limits: limits) }
        #expect(throws: JSONError(.tooManyMembers, offset: 6)) { try JSON.parse("[1,[2,3,4]]", limits: limits) }
    }

    @Test func `an object with many members is read in the same order`() throws {
        let names = (0..<5_000).map { "member\($0)" }
        let text = "{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try JSON.parse(ByteString(text)).object?.names == names.map { ByteString($0) })
    }

    @Test(arguments: [
        (#"{"a":1,"b":2,"\u0061":3}"#, JSONError(.duplicateMember, offset: 13)),
        (#"["ok","\ud800"]"#, JSONError(.loneSurrogate, offset: 7)),
        (#"["ok","\ud83d\ude0x"]"#, JSONError(.invalidEscape, offset: 13)),
        ("[1, 2, 1.]", JSONError(.invalidNumber, offset: 7)),
        ("[true, nule]", JSONError(.unexpectedByte, offset: 10)),
        ("{} x", JSONError(.trailingBytes, offset: 3)),
    ])
    func `the offset is the place of the fault`(_ text: String, _ expected: JSONError) {
        #expect(throws: expected) { try JSON.parse(ByteString(text)) }
    }
}

import Bytes
import Testing

@testable import HTTP

@Suite struct HTTPFieldsTests {
    @Test func `names are compared in any case, values are not changed`() {
        var all = fields(("Content-TYPE", "Text/Plain"), ("X-Own", "A"), ("x-own", "B"))
        #expect(all.first(.contentType) == "Text/Plain")
        #expect(FieldName("x-OWN").map { all.all($0) } == ["A", "B"])
        #expect(FieldName("X-Own").map { all.only($0) } == .some(nil))
        #expect(all.only(.contentType) == "Text/Plain")
        #expect(all[.contentType].map { Array($0) } == octets("Text/Plain"))
        #expect(all.map { $0.name.bytes } == ["content-type", "x-own", "x-own"])
        all.set(.contentType, "a/b")
        #expect(all.map { $0.value } == ["A", "B", "a/b"])
        all.remove(.contentType)
        #expect(!all.contains(.contentType))
        #expect(all.count == 2)
    }

    @Test func `equality is about names, values and order`() {
        #expect(fields(("A", "1"), ("B", "2")) == fields(("a", "1"), ("b", "2")))
        #expect(fields(("A", "1"), ("B", "2")) != fields(("B", "2"), ("A", "1")))
        #expect(fields(("A", "1")) != fields(("A", "2")))
        #expect(fields(("A", "1")) != fields(("A", "1"), ("A", "1")))
        var shortened = fields(("X", "0"), ("Host", "h"))
        shortened.removeAll { $0.value == "0" }
        #expect(shortened == [.host: "h"])
    }

    @Test(arguments: ["a\r\nb", "a\n", "a\r", "a\u{0}", "\u{1}", "a\u{7F}", " a", "a ", "\ta", "a\t", "\u{B}", " "])
    func `a value that could split or change on the way is refused`(_ value: String) {
        #expect(FieldValue(ByteString(octets(value))) == nil)
        var all = HTTPFields()
        let isAppended = all.append(name: octets("x")[...], value: octets(value)[...])
        #expect(!isAppended)
        #expect(all.isEmpty)
    }

    @Test(arguments: ["", "a b", "a:", "a\r\n", "\u{E9}", "a\u{0}", "host\u{0}", "a(", " a", "a ", "\"a\"", "a,b", "@"])
    func `a name that is no token is refused`(_ name: String) {
        #expect(FieldName(ByteString(octets(name))) == nil)
        var all = HTTPFields()
        let isAppended = all.append(name: octets(name)[...], value: octets("x")[...])
        #expect(!isAppended)
    }

    @Test(arguments: ["", "a", "a b", "a\tb", "\u{80}\u{FF}", "\"x\"", "a,b;c=d"])
    func `a good value is taken as it is`(_ value: String) {
        #expect(FieldValue(ByteString(octets(value)))?.bytes.bytes == octets(value))
        var all = HTTPFields()
        let isAppended = all.append(
            name: octets("X-Some-Very-Long-Name-Indeed-Of-More-Than-32")[...], value: octets(value)[...])
        #expect(isAppended)
        #expect(all.first?.name.bytes == "x-some-very-long-name-indeed-of-more-than-32")
        #expect(all.first?.value.bytes == octets(value))
    }

    @Test(arguments: KnownFieldName.allCases)
    func `every known name is found in any case, and nothing beside it`(_ name: KnownFieldName) {
        let lower = name.spelling
        let upper = ByteString(lower.bytes.map { ASCII.isLetter($0) ? $0 & 0xDF : $0 })
        #expect(FieldName(lower)?.known == name)
        #expect(FieldName(upper)?.known == name)
        #expect(FieldName(upper)?.bytes == lower)
        #expect(FieldName(lower + "x")?.known != name)
        #expect(FieldName(ByteString(lower.bytes.dropLast()))?.known != name)
        let table = KnownFieldNames.shared
        for octet in [0, 0x20, 0x3A, 0xFF] as [UInt8] {
            let longer = lower.bytes + [octet]
            #expect(table.find(longer.span, 0, longer.count) == nil)
        }
        for index in lower.bytes.indices {
            for bit in 0..<8 where bit != 5 {
                var other = lower.bytes
                other[index] ^= 1 << UInt8(bit)
                #expect(table.find(other.span, 0, other.count) != name)
            }
        }
    }

    @Test func `known names are spelled as they are called`() {
        for name in KnownFieldName.allCases {
            #expect(name.spelling.text.filter { $0 != "-" } == String(describing: name).lowercased())
            #expect(FieldName(name.spelling) != nil)
            #expect(name.spelling.count <= KnownFieldNames.maximumLength)
        }
    }

    @Test func `a description shows no value`() {
        #expect(fields(("Authorization", "Bearer s3cret"), ("X", "y")).description == "[authorization, x]")
    }

    // MARK: Hop by hop

    @Test func `what concerns one connection is removed, and what Connection names`() {
        var all = fields(
            ("Host", "h"), ("Connection", "close, X-Custom"), ("Keep-Alive", "timeout=5"), ("TE", "trailers"),
            ("Trailer", "x"), ("Transfer-Encoding", "chunked"), ("Upgrade", "x"), ("Proxy-Authorization", "x"),
            ("Proxy-Authenticate", "x"), ("Proxy-Connection", "x"), ("HTTP2-Settings", "x"), ("X-Custom", "1"),
            ("connection", ", \t ,authorization,bad name,"), ("Authorization", "a"), ("Accept", "b"))
        all.removeHopByHop()
        #expect(all == fields(("Host", "h"), ("Accept", "b")))
    }

    @Test func `fields added afterwards cannot be named away`() {
        var all = fields(("Connection", "authorization"), ("Authorization", "theirs"))
        all.removeHopByHop()
        all.append(.authorization, "ours")
        all.removeHopByHop()
        #expect(all.first(.authorization) == "ours")
    }

    // MARK: Sets of octets

    @Test(
        arguments: [
            (ByteSet.token, "!#$%&'*+-.^_`|~", true), (.segment, "-._~!$&'()*+,;=:@[]|", true),
            (.plainSegment, "-_~!$&'()*+,=:@[]|", true), (.hostName, "-._", true), (.query, "#", false),
            (.cookieValue, "\",;\\", false),
        ] as [(ByteSet, String, Bool)])
    func `sets hold what their names say`(_ set: ByteSet, _ marks: String, _ areMembers: Bool) {
        for octet in UInt8.min...UInt8.max {
            let isMark = marks.utf8.contains(octet)
            let isVisible = octet > 0x20 && octet < 0x7F
            let expected = areMembers ? isMark || ASCII.isAlphanumeric(octet) : isVisible && !isMark
            #expect(set.contains(octet) == expected, "octet \(octet)")
        }
    }

    @Test func `eight octets at a time find what one at a time finds`() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<5_000 {
            let bytes = (0..<8).map { _ in
                UInt8.random(in: 0...255, using: &random) & (Bool.random(using: &random) ? 0x7F : 0xFF)
            }
            let word = Word.load(bytes.span, 0)
            let control = bytes.firstIndex { $0 < 0x20 || $0 == 0x7F }
            let mask = Word.controls(word)
            #expect((mask == 0 ? nil : Word.firstIndex(mask)) == control)
            let wanted = bytes[3]
            #expect(Word.firstIndex(Word.equal(word, wanted)) == bytes.firstIndex(of: wanted))
            let lower = bytes.map { ASCII.lowercased($0) }
            #expect(Word.lowercased(word) == Word.load(lower.span, 0))
        }
    }
}

@Suite struct FieldFilterTests {
    @Test func `a rule is asked in lower case, for names with a number and for others`() throws {
        var some = fields(("Cookie", "v"), ("X-User", "v"), ("X-Other", "v"), ("Accept", "v"))
        some.remove(FieldFilter { $0.elementsEqual("cookie".utf8) || $0.starts(with: "x-u".utf8) })
        #expect(some == fields(("x-other", "v"), ("accept", "v")))
        some.remove(FieldFilter([try #require(FieldName("X-Other"))]))
        #expect(some == fields(("accept", "v")))
    }

    @Test func `fields in a larger text are checked and read where they stand`() throws {
        var places = HTTPFieldPlaces()
        let text = Array("[\"Host\",\"h\",\"X-A\",\"b c\",\"bad name\",\"\u{1}\"]".utf8)
        func place(_ part: String) throws -> Range<Int> { try #require(text.firstRange(of: part.utf8)) }
        #expect(places.append(text.span, name: try place("Host"), value: try place("h\"").dropLast()))
        #expect(places.append(text.span, name: try place("X-A"), value: try place("b c")))
        #expect(!places.append(text.span, name: try place("bad name"), value: try place("b c")))
        #expect(!places.append(text.span, name: try place("X-A"), value: try place("\u{1}")))
        #expect(!places.append(text.span, name: 0..<0, value: try place("b c")))
        #expect(HTTPFields(places, in: text) == fields(("host", "h"), ("x-a", "b c")))
    }
}

extension Range<Int> {
    fileprivate func dropLast() -> Range<Int> { lowerBound..<upperBound - 1 }
}

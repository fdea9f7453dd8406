import Bytes
import HTTP
import Testing

/// Places to be sent to after a login. A table of ways to write another site, or something that a browser, a proxy or
/// a server might take for one.
@Suite struct LocalPathTests {
    static let local = [
        "/", "/home", "/a/b", "/a/", "/a?b=c", "/a?b=c#d", "/#", "/#/orders/1", "/?", "/a?next=//b",
        "/a?u=https://b.example/",
        "/a#//b", "/a%20b", "/caf%C3%A9", "/a:b", "/@a", "/a@b", "/~a", "/a;b", "/a.b", "/.well-known/x",
        "/a?x=[1]|{2}^`",
        "/javascript:alert(1)", "/a?b?c", "/a=b&c", "/http:", "/:80", "/a%25b",
    ]

    private static let absolute = [
        "", "a", "?a", "#a", "https://evil.example", "HTTPS://evil.example", "http:evil.example", "https:/evil.example",
        "https:///evil.example", "https:evil.example", "https:\\\\evil.example", "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://evil.example",
        "about:blank",
        "blob:https://a/b", "ws://evil.example", "evil.example", "evil.example/", "@evil.example", ":80",
        ".evil.example", "./a",
        "../a", ".", "..", ";/a", "%2f", "%2F%2Fevil.example", "%5Cevil.example", "*", "~a",
    ]

    private static let slashes = [
        "//", "///", "////evil.example", "//evil.example", "///evil.example", "//evil.example/%2e%2e",
        "//evil.example:80",
        "//u:p@evil.example", "//[::1]", "//0", "//evil.example?x", "//evil.example#x", "/a//evil.example", "/a//",
        "//%65vil",
        "/\\", "/\\evil.example", "/\\/evil.example", "\\/evil.example", "\\\\evil.example", "\\evil.example",
        "//\\evil.example",
        "/\\\\evil.example", "/a\\b", "/a?\\", "/a#\\", "/%5cevil.example", "/%5Cevil.example", "/%5c%5cevil.example",
        "/%2fevil.example", "/%2Fevil.example", "/%2f%2fevil.example", "/a%2f%2fevil.example", "/%2f/evil.example",
        "/a/%2F",
        "/https://evil.example", "/http://evil.example", "/redirect//evil.example",
    ]

    private static let blanks = [
        "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "/\r\n/evil.example", "\t//evil.example",
        "\n//evil.example",
        " /a", " //evil.example", "/ /evil.example", "/a ", "/a b", "\u{0}/a", "/\u{0}/evil.example", "/a\u{0}",
        "/\u{B}/evil.example",
        "/\u{C}/evil.example", "/\u{1}", "/a\u{7F}", "/%09/evil.example", "/%0a/evil.example", "/%0D%0ALocation:%20x",
        "/%00/evil.example",
        "/a\r\nSet-Cookie: x=y", "/a\nX: y", "/a?\r\n", "/a?\t", "/a#\n", "/a? b", "/\u{85}/a", "/\u{A0}/a", "/%7f",
        "/%1f",
    ]

    private static let dots = [
        "/.", "/..", "/./", "/../", "/.//evil.example", "/..//evil.example", "/./evil", "/../evil",
        "/a/..//evil.example",
        "/a/../../evil", "/%2e/evil", "/%2e%2e/evil", "/%2E%2E//evil.example", "/.%2e/", "/%2e./", "/..;/evil",
        "/.;/evil",
        "/;/..", "/%2e%2e%2fevil", "/..%2f", "/..%5c", "/..\\evil", "/%c0%ae%c0%ae/", "/%c0%af", "/%e0%80%af",
        "/%f0%80%80%af",
        "/a/.?x", "/a/..#x",
    ]

    private static let octetsOfOthers = [
        "/\u{E9}", "/\u{FF}", "/\u{80}", "\u{EF}\u{BC}\u{8F}\u{EF}\u{BC}\u{8F}evil.example",
        "/\u{EF}\u{BC}\u{8F}evil.example",
        "/\u{E3}\u{80}\u{82}evil", "/\u{E2}\u{81}\u{84}evil", "\u{EF}\u{BB}\u{BF}//evil.example", "/?\u{E9}",
        "/#\u{E9}", "/a\"b",
        "/<script>", "/a>b", "/a'\"", "/?\"onload=x", "/?<script>", "/#<script>", "/#\"", "/^", "/`", "/{a}", "/%",
        "/%2", "/%zz",
        "/%u002f", "/a%2", "/##", "/a#b#c", "/%+2f",
    ]

    static let foreign = absolute + slashes + blanks + dots + octetsOfOthers

    @Test(arguments: local)
    func `a path of our own is kept as it is`(_ text: String) {
        #expect(LocalPath(ByteString(octets(text)))?.bytes == ByteString(octets(text)))
    }

    @Test(arguments: foreign)
    func `whatever could lead elsewhere is refused`(_ text: String) {
        #expect(LocalPath(ByteString(octets(text))) == nil)
    }

    @Test func `every octet where the second one stands is judged alone`() {
        for octet in UInt8.min...UInt8.max {
            let path = LocalPath(ByteString([UInt8(ascii: "/"), octet, UInt8(ascii: "e")]))
            let isPlain = octet > 0x20 && octet < 0x7F && !"/\\\"<>^`{}%".utf8.contains(octet)
            #expect((path != nil) == isPlain, "octet \(octet)")
        }
    }

    @Test func `length is bounded`() {
        let longest = "/" + String(repeating: "a", count: LocalPath.maximumLength - 1)
        #expect(LocalPath(ByteString(longest)) != nil)
        #expect(LocalPath(ByteString(longest + "a")) == nil)
    }

    @Test func `the table is as large as it claims`() {
        #expect(Set(LocalPathTests.foreign).count == LocalPathTests.foreign.count)
        #expect(LocalPathTests.foreign.count >= 150)
    }
}

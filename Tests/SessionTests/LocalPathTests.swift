import Bytes
import Session
import Testing

@Suite struct LocalPaths {
    @Test(arguments: [
        "/", "/a", "/a/", "/a/b?x=//y#/../z", "/a%20b", "/%C3%A9", "/a?next=http://other", "/?", "/#", "/a;b=c,d", "/.well-known",
        "/...", "/a?b=%2F%5C",
    ]) func `a plain path of the frontend is accepted as it is`(text: String) {
        #expect(LocalPath(ByteString(text))?.text == ByteString(text))
    }

    @Test(arguments: [
        "", "a", "a/b", "//", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "/a//b", "/a/..//b",
        "/./a", "/../a", "/a/.", "/a/..", "/%2e%2e/a", "/%2E/a", "/.%2e/a", "/%2F/evil.example", "/a%2Fb", "/%5Cevil.example",
        "/a%5cb", "/\t/evil.example", "/a\nb", "/a\r\nSet-Cookie: x", "/a%0ab", "/a%09b", "/a%00b", "/a%7Fb", "/a b",
        "/é", "/a\u{200B}", "http://evil.example", "https:evil.example", "javascript:alert(1)", "/a%", "/a%2", "/a%zz",
        "/\"><script>", "/a?b=\"", "/a?b c", "/a#<", " /a", "/{a}", "/a|b", "/`a`", "//a@b", "/\u{0}", "/\u{7F}",
    ]) func `whatever could lead elsewhere is refused`(text: String) {
        #expect(LocalPath(ByteString(text)) == nil)
    }

    @Test func `a path of more than 2,048 octets is refused`() {
        let longest = [UInt8(ascii: "/")] + [UInt8](repeating: UInt8(ascii: "a"), count: 2047)
        #expect(LocalPath(ByteString(longest)) != nil)
        #expect(LocalPath(ByteString(longest + [UInt8(ascii: "a")])) == nil)
    }
}

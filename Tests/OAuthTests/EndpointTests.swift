import Bytes
import OAuth
import Testing

@Suite struct EndpointTests {
    @Test(arguments: [
        "https://id.example", "https://id.example/", "https://id.example:8443/a/b?c=d", "https://[2001:db8::1]/x",
        "https://a_b.example/%7Euser", "https://id.example?x",
    ])
    func `an https URL with a host is accepted`(url: String) {
        #expect(Endpoint(ByteString(url))?.url == ByteString(url))
    }

    @Test(arguments: [
        "", "https", "https://", "https:///path", "https://?q", "http://id.example/", "HTTPS://id.example/",
        "//id.example",
        "ftp://id.example", "javascript:alert(1)", "https://user@id.example/", "https://user:1@id.example/",
        "https://id.example:0/", "https://id.example:65536/", "https://id.example:/", "https://id.example:+80/",
        "https://id.example/#f", "https://id.example/a b", "https://id.example/\r\nX: y", "https://id.example/\u{e9}",
        "https://id.example\\evil/", "https://[]/", "https://[::1", "https://[::1]x/", "https://[g]/",
        " https://id.example",
        "https://id.\u{212A}/", "https://id.example/\"", "https://id.example/<x>",
    ])
    func `anything else is refused`(url: String) {
        #expect(Endpoint(ByteString(url), allowsLoopbackHTTP: true) == nil)
    }

    @Test(arguments: [
        "http://127.0.0.1:9000/o", "http://127.255.0.1/", "http://localhost:1/", "http://[::1]:9000/x",
    ])
    func `plain http is accepted on this machine where it is allowed`(url: String) {
        #expect(Endpoint(ByteString(url), allowsLoopbackHTTP: true) != nil)
        #expect(Endpoint(ByteString(url)) == nil)
    }

    @Test(arguments: [
        "http://127.0.0.1.evil.example/", "http://127.0.0.1@evil/", "http://localhost.evil/", "http://127.1/",
        "http://127.0.0.256/", "http://127.0.0.0001/", "http://128.0.0.1/", "http://[::2]/", "http://0.0.0.0/",
        "http://127..0.1/",
    ])
    func `a host that only resembles this machine is not this machine`(url: String) {
        #expect(Endpoint(ByteString(url), allowsLoopbackHTTP: true) == nil)
    }

    @Test func `a URL above 2048 octets is refused`() {
        let base = ByteString("https://id.example/")
        #expect(Endpoint(base + ByteString([UInt8](repeating: 0x61, count: 2048 - base.count))) != nil)
        #expect(Endpoint(base + ByteString([UInt8](repeating: 0x61, count: 2049 - base.count))) == nil)
    }
}

import Bytes
import HTTP
import Testing

@testable import HTTPClient

@Suite struct OriginTests {
    @Test(arguments: [
        ("https://api.example", "https://api.example", "/"),
        ("HTTPS://API.Example:443/a?b=c", "https://api.example", "/a?b=c"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080", "/x"),
        ("http://[::1]:80?q", "http://[::1]", "/?q"),
        ("https://a_b-c.d1:65535/", "https://a_b-c.d1:65535", "/"),
    ])
    func `a url is taken apart`(text: String, origin: String, target: String) throws {
        let url = try #require(HTTPURL(ByteString(text)))
        #expect(url.origin.text == ByteString(origin))
        #expect(url.target.originForm == ByteString(target))
    }

    @Test(arguments: [
        "", "/", "api.example", "ftp://a.b", "https://", "https:///a", "https://user@a.b", "https://user:p@a.b/",
        "https://a.b#c", "https://a.b/c#d", "https://a.b:0", "https://a.b:65536", "https://a.b:", "https://a.b:+1",
        "https://a.b:0443",
        "https://a b", "https://a.b/c d", "https://a.b\r\nX: y", "https://a.b/\u{e9}", "https://\u{e9}.b",
        "https://a.b\\c",
        "https://a..b", "https://.a", "https://-a.b", "https://a-.b", "https://1.2.3", "https://1.2.3.4.5",
        "https://0x7f000001", "https://2130706433", "https://127.1", "https://[::1", "https://[::g]", "https://::1",
        "https://[127.0.0.1]", "https://a%2eb", "https://*",
    ])
    func `what is no plain absolute url is refused`(text: String) {
        #expect(HTTPURL(ByteString(text)) == nil)
    }

    @Test func `the port is part of the authority only where it is not the scheme's own`() {
        #expect(Origin(scheme: .https, host: "a.b")?.authority == "a.b")
        #expect(Origin(scheme: .https, host: "a.b", port: 80)?.authority == "a.b:80")
        #expect(Origin(scheme: .http, host: "a.b", port: 80)?.authority == "a.b")
    }
}

@Suite struct AddressPolicyTests {
    static let loopback4: [UInt8] = [127, 0, 0, 1]
    static let loopback6: [UInt8] = Array(repeating: 0, count: 15) + [1]

    static let special: [[UInt8]] = [
        loopback4, [127, 255, 255, 255], [169, 254, 169, 254], [169, 254, 0, 1], [0, 0, 0, 0], [0, 1, 2, 3],
        [224, 0, 0, 1], [255, 255, 255, 255], [240, 0, 0, 1], loopback6, Array(repeating: 0, count: 16),
        [0xFE, 0x80] + Array(repeating: 0, count: 13) + [1], [0xFE, 0xBF] + Array(repeating: 0, count: 14),
        [0xFF, 0x02] + Array(repeating: 0, count: 13) + [1],
        [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54],
        Array(repeating: 0, count: 10) + [0xFF, 0xFF, 127, 0, 0, 1],
        Array(repeating: 0, count: 10) + [0xFF, 0xFF, 169, 254, 169, 254],
        [0, 0x64, 0xFF, 0x9B] + Array(repeating: 0, count: 8) + [127, 0, 0, 1],
        [0x20, 0x02, 127, 0, 0, 1] + Array(repeating: 0, count: 10), [], [1, 2, 3],
    ]

    @Test(arguments: special)
    func `a name never leads to a special address`(octets: [UInt8]) throws {
        let origin = try #require(Origin(scheme: .https, host: "api.example"))
        #expect(!AddressPolicy(for: origin).permits(octets))
    }

    @Test(
        arguments: [
            [10, 0, 0, 1], [192, 168, 1, 1], [172, 16, 0, 1], [93, 184, 216, 34], [126, 0, 0, 1], [169, 253, 0, 1],
            [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1], [0xFD] + Array(repeating: 1, count: 15),
        ] as [[UInt8]])
    func `a name may lead to any other address`(octets: [UInt8]) throws {
        let origin = try #require(Origin(scheme: .https, host: "api.example"))
        #expect(AddressPolicy(for: origin).permits(octets))
    }

    @Test func `an origin that is an address means that address alone`() throws {
        let literal = AddressPolicy(for: try #require(Origin(scheme: .http, host: "127.0.0.1")))
        #expect(literal.permits([127, 0, 0, 1]))
        #expect(!literal.permits([127, 0, 0, 2]))
        #expect(!literal.permits([10, 0, 0, 1]))
        let localhost = AddressPolicy(for: try #require(Origin(scheme: .http, host: "LOCALHOST")))
        #expect(localhost.permits([127, 0, 0, 1]))
        #expect(localhost.permits(Self.loopback6))
        #expect(!localhost.permits([169, 254, 169, 254]))
    }
}

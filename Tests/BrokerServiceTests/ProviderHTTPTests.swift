import Bytes
import HTTPClient
import Platform
import Testing

@testable import BrokerService

@Suite struct ProviderHTTPTests {
    private func permits(_ url: ByteString, _ address: [UInt8], issuers: [ByteString]) throws -> Bool {
        ProviderHTTP.addresses(issuers)(try #require(HTTPURL(url)).origin).permits(address)
    }

    static let inside: [(url: ByteString, address: [UInt8])] = [
        ("https://127.0.0.1:8443/token", [127, 0, 0, 1]), ("https://localhost/token", [127, 0, 0, 1]),
        ("https://169.254.169.254/token", [169, 254, 169, 254]), ("https://0.0.0.0/token", [0, 0, 0, 0]),
        ("https://keys.example/", [127, 0, 0, 1]),
    ]

    @Test(arguments: inside)
    func `a provider's document leads to no address of this machine or its link`(
        url: ByteString, address: [UInt8]
    ) throws {
        #expect(try !permits(url, address, issuers: ["https://id.example", "https://10.0.0.1"]))
    }

    @Test func `elsewhere it may lead, and an issuer may be where it is configured to be`() throws {
        let issuers: [ByteString] = ["https://id.example", "https://127.0.0.5:8443/realm"]
        #expect(try permits("https://keys.example/", [192, 0, 2, 1], issuers: issuers))
        #expect(try permits("https://127.0.0.5:9443/token", [127, 0, 0, 5], issuers: issuers))
        #expect(try !permits("https://127.0.0.1/token", [127, 0, 0, 1], issuers: issuers))
    }

    @Test func `beside an issuer with plain http on this machine everything there is allowed`() throws {
        #expect(try permits("http://127.0.0.1:9/token", [127, 0, 0, 1], issuers: ["http://localhost:9000"]))
        #expect(try !permits("https://169.254.0.1/", [169, 254, 0, 1], issuers: ["http://localhost:9000"]))
    }
}

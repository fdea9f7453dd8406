import Bytes
import Platform
import Testing

@Suite struct Addresses {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("0.0.0.0/0", "203.0.113.1", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true), ("2001:db8::/32", "2001:db8:ff::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
        ("2001:db8::/65", "2001:db8::7fff:0:0:1", true), ("::1", "::1", true), ("::1", "::2", false),
        ("10.0.0.128/25", "10.0.0.129", true), ("10.0.0.128/25", "10.0.0.127", false),
    ]) func `a network holds the addresses with its first bits`(network: ByteString, address: ByteString, holds: Bool)
        throws
    {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == holds)
    }

    @Test(arguments: [
        "", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::/129", "2001:db8::1/64", "localhost",
        "10.0.0.0/+8",
        "10.0.0.0/8/8", "[::1]", "10.0.0.1:80", "10.0.0.01", "10.0.0.0/-1",
    ]) func `anything else is no network`(text: ByteString) { #expect(IPNetwork(text) == nil) }

    @Test func `an IPv6 client is its first 64 bits`() throws {
        let addresses = ["2001:db8::1", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1", "192.0.2.1", "192.0.2.2"]
        let clients = try addresses.map { try #require(IPAddress(ByteString($0))).client }
        #expect(clients[0] == clients[1])
        #expect(Set(clients).count == 4)
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1", "::1", "::", "::ffff:0:0", "1:2:3:4:5:6:7:8"])
    func `an address keeps its octets`(text: ByteString) throws {
        let address = try #require(IPAddress(text))
        #expect(IPAddress(address.socketAddress) == address)
    }
}

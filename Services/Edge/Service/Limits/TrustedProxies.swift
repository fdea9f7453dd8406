internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Platform

/// The proxies in front of the edge, and where they say whom they speak for. Only one field is believed: what a proxy
/// does not write itself it may pass on from anyone.
struct TrustedProxies: Sendable {
    enum Field: String, CaseIterable, Sendable {
        case xForwardedFor = "X-Forwarded-For"
        case forwarded = "Forwarded"
    }

    var networks: [IPNetwork] = []
    var field = Field.xForwardedFor

    func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// Who sent a request: the connection's peer, or, as long as that is one of the proxies, whom it names. Read from
    /// the right, because every hop appends the one it heard; the first that is no proxy of ours is the client.
    func client(of request: HTTPRequest) -> HTTPClientAddress {
        guard !networks.isEmpty, let peer = IPAddress(request.client.address), contains(peer) else {
            return request.client
        }
        let client = client(peer, request.head.fields)
        return client == peer ? request.client : HTTPClientAddress(client.socketAddress)
    }

    func client(_ peer: IPAddress, _ fields: HTTPFields) -> IPAddress {
        var client = peer
        for hop in hops(fields).reversed() {
            // What is no address says nothing, and neither does what stands before it.
            guard contains(client), let address = Self.address(hop) else { return client }
            client = address
        }
        return client
    }

    private func hops(_ fields: HTTPFields) -> [ByteString] {
        switch field {
        case .xForwardedFor: fields.all(.xForwardedFor).flatMap { Self.list($0.bytes, UInt8(ascii: ",")) }
        case .forwarded:
            fields.all(.forwarded).flatMap { Self.list($0.bytes, UInt8(ascii: ",")) }.map(Self.forwardedFor)
        }
    }

    private static func list(_ text: some Collection<UInt8>, _ separator: UInt8) -> [ByteString] {
        text.split(separator: separator, omittingEmptySubsequences: false).map { part in
            let blanks = " \t".utf8
            let start = part.drop { blanks.contains($0) }
            return ByteString(start.reversed().drop { blanks.contains($0) }.reversed())
        }
    }

    /// The value of `for` in one element (RFC 7239 §4), without quotation marks; empty when there is none.
    private static func forwardedFor(_ element: ByteString) -> ByteString {
        for pair in list(element.bytes, UInt8(ascii: ";")) where ASCII.lowercased(pair).hasPrefix("for=") {
            let value = pair.bytes.dropFirst(4)
            let isQuoted = value.count >= 2 && value.first == UInt8(ascii: "\"") && value.last == UInt8(ascii: "\"")
            return ByteString(isQuoted ? value.dropFirst().dropLast() : value)
        }
        return .empty
    }

    /// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
    static func address(_ text: ByteString) -> IPAddress? {
        if let address = IPAddress(text) { return address }
        if let socket = SocketAddress(text.text), text.bytes.first.map(ASCII.isDigit) ?? false || text.hasPrefix("[") {
            return IPAddress(socket)
        }
        guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
        return IPAddress(ByteString(text.bytes.dropFirst().dropLast()))
    }
}

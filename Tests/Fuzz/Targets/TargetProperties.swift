import Bytes
import HTTP
import HTTPClient
import OAuth

/// The input is a place: a request's target, a return address, a URL, an origin.
enum TargetProperties {
    static func check(_ input: [UInt8]) throws {
        let text = ByteString(input)
        try checkTarget(text)
        try checkRequestLine(text)
        try checkLocalPath(text)
        try checkURL(text)
        try checkOrigin(text)
    }

    private static func checkTarget(_ text: ByteString) throws {
        let strict = try? RequestTarget(text)
        let keeping = try? RequestTarget(text, encodedSlash: .keep)
        if let strict {
            try require(strict == keeping && !strict.hasEncodedSlash, "who keeps slashes refuses nothing more")
        }
        guard let target = keeping else { return }
        try require(strict != nil || target.hasEncodedSlash, "only an encoded slash makes the difference")
        try require(target.originForm == text, "nothing is repaired")
        let query = target.query.map { "?" + $0 } ?? ""
        try require(target.path + query == text, "path and query are the whole")
        try require(PlainPath.isUnambiguous(target.path.bytes), "the path means one thing: \(text)")
    }

    /// A target by itself and in a request are judged alike.
    private static func checkRequestLine(_ text: ByteString) throws {
        guard text.count < 4096, !text.bytes.contains(0x20), !text.bytes.contains(0x0A) else { return }
        let request = Array("GET ".utf8) + text.bytes + Array(" HTTP/1.1\r\nHost: a.example:8080\r\n\r\n".utf8)
        let messages = try RequestProperties.read(request, .none, RequestOptions(2)).transcript.messages
        let alone = try? RequestTarget(text, encodedSlash: .keep)
        guard let head = messages.first?.head else { return try require(alone == nil, "refused means refused") }
        try require(head.target.authority == "a.example:8080", "the host is the one of Host")
        guard head.target.form == .origin else { return try require(alone == nil, "an absolute target is another") }
        try require(alone?.originForm == head.target.originForm, "accepted means accepted")
    }

    private static func checkLocalPath(_ text: ByteString) throws {
        guard let path = LocalPath(text) else { return }
        try require(path.bytes == text && text.count <= LocalPath.maximumLength, "nothing is repaired")
        try require(FieldValue(text) == path.fieldValue, "it is a field's value")
        let target = text.bytes.prefix { $0 != UInt8(ascii: "#") }
        try require((try? RequestTarget(ByteString(target))) != nil, "it is a target of ours")
        try require(!text.hasPrefix("//") && !text.bytes.contains(UInt8(ascii: "\\")), "it names no other host")
    }

    private static func checkURL(_ text: ByteString) throws {
        if let url = HTTPURL(text) {
            let again = try require(HTTPURL(url.text), "what is written is a URL")
            try require(again == url && again.text == url.text, "and the same one")
            try require(PlainPath.isUnambiguous(url.target.path.bytes), "the path means one thing: \(text)")
            try require(HTTPOrigin(url.origin.text) != nil, "its origin is an origin")
        }
        guard let endpoint = Endpoint(text, allowsLoopbackHTTP: true) else { return }
        try require(endpoint.url == text && FieldValue(text) != nil, "an endpoint can stand in a field")
        guard text.hasPrefix("http://") else { return }
        let host = ByteString(text.bytes.dropFirst(7).prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") })
        let isLoopback = host.hasPrefix("127.") || ASCII.lowercased(host).hasPrefix("localhost") || host == "["
        try require(isLoopback, "plain http stays on this machine: \(text)")
    }

    private static func checkOrigin(_ text: ByteString) throws {
        guard let origin = HTTPOrigin(text) else { return }
        try require(HTTPOrigin(origin.bytes) == origin, "an origin is its own spelling")
        try require(origin.bytes.hasSuffix(origin.authority), "it ends with its authority")
        let fetched = HTTPURL(origin.bytes)
        try require(fetched == nil || fetched?.origin.authority == origin.authority, "as a URL it leads there")
    }
}

/// A second reading of the rules for paths: take the escapes away, then look at the segments.
private enum PlainPath {
    static func isUnambiguous(_ path: [UInt8]) -> Bool {
        guard path.first == UInt8(ascii: "/"), let decoded = Percent.decode(path[...]) else { return false }
        guard decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else { return false }
        let segments = decoded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let literal = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return !segments.contains(where: isDots) && literal.dropFirst().dropLast().allSatisfy { !$0.isEmpty }
    }

    /// With path parameters too.
    private static func isDots(_ segment: ArraySlice<UInt8>) -> Bool {
        let name = segment.prefix { $0 != UInt8(ascii: ";") }
        return name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8)
    }
}

public import Bytes

/// What a request asks for (RFC 9112 §3.2): a path that means the same to everyone who reads it, and a query.
public struct RequestTarget: Sendable {
    /// How the target was written.
    public enum Form: Hashable, Sendable {
        /// `/path?query`.
        case origin
        /// `http://authority/path?query`.
        case absolute
        /// `*`, only with OPTIONS; the path is then `*`.
        case asterisk
    }

    /// Places in the octets of a head.
    struct Parts: Sendable {
        var form = Form.origin
        var start = 0
        var pathEnd = 0
        var end = 0
        /// Empty when unknown.
        var authority = 0..<0
        var hasEncodedSlash = false
    }

    let bytes: [UInt8]
    let parts: Parts

    init(bytes: [UInt8], parts: Parts) {
        self.bytes = bytes
        self.parts = parts
    }

    /// A target in origin form from elsewhere, checked by the same rules as a request's.
    public init(_ originForm: ByteString, encodedSlash: EncodedSlash = .refuse) throws(HTTPFault) {
        let bytes = originForm.bytes
        parts = try TargetParser(encodedSlash: encodedSlash).originForm(bytes.span, 0, bytes.count)
        self.bytes = bytes
    }

    public var form: Form { parts.form }

    /// Path and query as they came, for passing on.
    public var originForm: ByteString { ByteString(originFormBytes) }
    public var originFormBytes: ArraySlice<UInt8> { bytes[parts.start..<parts.end] }

    /// Begins with `/`; no dot segments, no empty segments, no encoded separators. Still percent-encoded.
    public var path: ByteString { ByteString(pathBytes) }
    public var pathBytes: ArraySlice<UInt8> { bytes[parts.start..<parts.pathEnd] }

    /// What follows the `?`; nil without one. Its escapes are not checked.
    public var query: ByteString? { queryBytes.map { ByteString($0) } }
    public var queryBytes: ArraySlice<UInt8>? {
        parts.pathEnd < parts.end ? bytes[(parts.pathEnd + 1)..<parts.end] : nil
    }

    /// Whether the path holds `%2F`, which only `EncodedSlash.keep` lets through.
    public var hasEncodedSlash: Bool { parts.hasEncodedSlash }

    /// The host asked for and its port, in lower case; nil only in HTTP/1.0 requests and targets made by hand.
    public var authority: ByteString? { authorityBytes.map { ByteString($0) } }
    public var authorityBytes: ArraySlice<UInt8>? { parts.authority.isEmpty ? nil : bytes[parts.authority] }
}

extension RequestTarget: Equatable {
    public static func == (left: RequestTarget, right: RequestTarget) -> Bool {
        left.form == right.form && left.originFormBytes == right.originFormBytes
            && left.authorityBytes == right.authorityBytes
    }
}

public import Bytes

/// A media type with its character set (RFC 9110 §8.3.1); other parameters are checked and passed over.
public struct MediaType: Hashable, Sendable {
    /// `type/subtype` in lower case.
    public let name: ByteString
    /// In lower case, without quotes.
    public let charset: ByteString?

    /// Nil if malformed, or if `charset` comes twice.
    public init?(_ text: ByteString) {
        var parts = text.bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)[...]
        guard let first = parts.popFirst(), let name = MediaType.name(first.trimmed) else { return nil }
        self.name = name
        var charset: ByteString?
        for part in parts where !part.trimmed.isEmpty {
            guard let (attribute, value) = MediaType.parameter(part.trimmed) else { return nil }
            guard attribute == "charset" else { continue }
            guard charset == nil else { return nil }
            charset = value
        }
        self.charset = charset
    }

    /// The media type of a message; nil when it is absent, repeated or malformed.
    public init?(_ fields: HTTPFields) {
        guard let value = fields.only(.contentType) else { return nil }
        self.init(value)
    }

    private static func name(_ text: ArraySlice<UInt8>) -> ByteString? {
        let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ FieldName.isValid($0) }) else { return nil }
        return ASCII.lowercased(ByteString(text))
    }

    /// `token=token` or `token="text without quotes, backslashes and semicolons"`.
    private static func parameter(_ text: ArraySlice<UInt8>) -> (ByteString, ByteString)? {
        let parts = text.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, FieldName.isValid(parts[0]) else { return nil }
        var value = parts[1]
        if value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\""), value.count > 2 {
            value = value.dropFirst().dropLast()
            guard !value.contains(UInt8(ascii: "\"")), !value.contains(UInt8(ascii: "\\")) else { return nil }
        } else if !FieldName.isValid(value) {
            return nil
        }
        return (ASCII.lowercased(ByteString(parts[0])), ASCII.lowercased(ByteString(value)))
    }
}

extension HTTPFields {
    /// Whether a person waits for a page: then a login may be offered, while a program gets a status code. Scripts give
    /// themselves away by `X-Requested-With`, fetch metadata other than a navigation to a document, or an `Accept`
    /// that takes no page.
    public var acceptsHTML: Bool {
        if let requester = self[.xRequestedWith],
            ASCII.equalsIgnoringCase(requester, Array("xmlhttprequest".utf8))
        {
            return false
        }
        let metadata = FetchMetadata(self)
        guard metadata.mode == nil || metadata.mode == .navigate,
            metadata.destination == nil || metadata.destination == .document
        else { return false }
        return all(.accept).contains { accept in
            accept.bytes.split(separator: UInt8(ascii: ",")).contains { MediaType.isPage($0) }
        }
    }
}

extension MediaType {
    fileprivate static func isPage(_ range: ArraySlice<UInt8>) -> Bool {
        let name = ASCII.lowercased(ByteString(range.prefix { $0 != UInt8(ascii: ";") }.trimmed))
        return name == "text/html" || name == "application/xhtml+xml" || name == "*/*"
    }
}

extension ArraySlice<UInt8> {
    /// Without blanks at both ends.
    fileprivate var trimmed: ArraySlice<UInt8> {
        let start = firstIndex { !FieldValue.isBlank($0) } ?? endIndex
        let end = lastIndex { !FieldValue.isBlank($0) }.map { $0 + 1 } ?? start
        return self[start..<end]
    }
}

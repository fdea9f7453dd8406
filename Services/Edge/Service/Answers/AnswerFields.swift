internal import Bytes
internal import HTTP

/// The fields that protect answers made by the edge.
enum AnswerFields {
    /// For documents and problems of our own: shown nowhere but in a tab of their own, loading nothing, never stored.
    static func own(isSecure: Bool) -> HTTPFields {
        var fields: HTTPFields = [
            .cacheControl: "no-store", .vary: "Cookie", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'", .referrerPolicy: "no-referrer",
            .crossOriginResourcePolicy: "same-origin",
        ]
        if isSecure { fields.append(.strictTransportSecurity, "max-age=31536000") }
        return fields
    }

    /// For the frontend's files: what they may load is theirs to say.
    static func file(isSecure: Bool) -> HTTPFields {
        var fields: HTTPFields = [
            .cacheControl: "no-cache", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "frame-ancestors 'none'", .referrerPolicy: "strict-origin-when-cross-origin",
            .crossOriginResourcePolicy: "same-origin",
        ]
        if isSecure { fields.append(.strictTransportSecurity, "max-age=31536000") }
        return fields
    }
}

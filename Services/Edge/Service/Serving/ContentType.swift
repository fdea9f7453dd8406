internal import Bytes
internal import HTTP

/// The media types of a frontend's files, by the ends of their names.
enum ContentType {
    static func of(_ path: ByteString) -> FieldValue {
        let end = path.bytes.suffix(while: { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "/") })
        guard end.count < path.count, path.bytes[end.startIndex - 1] == UInt8(ascii: ".") else { return unknown }
        return types[ASCII.lowercased(ByteString(end))] ?? unknown
    }

    private static let unknown: FieldValue = "application/octet-stream"

    private static let types: [ByteString: FieldValue] = [
        "html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8", "json": "application/json",
        "map": "application/json", "webmanifest": "application/manifest+json", "txt": "text/plain; charset=utf-8",
        "md": "text/markdown; charset=utf-8", "xml": "text/xml; charset=utf-8", "csv": "text/csv; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
        "webp": "image/webp", "avif": "image/avif", "ico": "image/x-icon", "woff": "font/woff", "woff2": "font/woff2",
        "ttf": "font/ttf", "otf": "font/otf", "wasm": "application/wasm", "pdf": "application/pdf", "mp4": "video/mp4",
        "webm": "video/webm", "mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav", "zip": "application/zip",
    ]
}

extension [UInt8] {
    /// The longest end of which every octet fulfils a condition.
    fileprivate func suffix(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var start = endIndex
        while start > startIndex, condition(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}

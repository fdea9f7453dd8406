internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Platform
internal import Session

/// The frontend's files, and its one page for every address that its own router knows.
struct FileEndpoint {
    let loop: Loop

    func respond(_ visit: Visit, _ routes: Routes) async throws(Problem) {
        guard let files = visit.frontend.files else { throw Problem(.notFound) }
        guard visit.method == .get || visit.method == .head else { throw Router.notAllowed("GET, HEAD") }
        guard let path = StaticFiles.relativePath(visit.path) else { throw Problem(.notFound) }
        if let file = try known(files, path) { return await send(file, path, files, visit) }
        guard let fallback = visit.frontend.fallback, Self.takesFallback(visit, routes),
            let path = StaticFiles.relativePath(fallback.bytes.bytes[...]), let file = try known(files, path)
        else { throw Problem(.notFound) }
        await send(file, path, files, visit)
    }

    private func known(_ files: StaticFiles, _ path: ByteString) throws(Problem) -> StaticFiles.Known? {
        do throws(SystemError) { return try files.file(path, now: loop.now) } catch { throw Problem(.busy) }
    }

    /// Only where someone opens a page: not for a missing file, nor for a mistyped address of an API.
    private static func takesFallback(_ visit: Visit, _ routes: Routes) -> Bool {
        visit.method == .get && visit.head.fields.acceptsHTML && !StaticFiles.hasExtension(visit.path)
            && !routes.share(firstSegmentOf: visit.path)
    }

    private func send(_ file: StaticFiles.Known, _ path: ByteString, _ files: StaticFiles, _ visit: Visit) async {
        var fields = AnswerFields.file(isSecure: visit.frontend.origin.isSecure)
        fields.append(.contentType, ContentType.of(path))
        if let etag = FieldValue(file.etag) { fields.append(.etag, etag) }
        if Self.isKnown(file.etag, visit) {
            return await visit.responder.send(HTTPResponse(status: 304, fields: fields))
        }
        if let contents = file.contents {
            guard contents.count > Self.piece else {
                return await visit.responder.send(HTTPResponse(status: 200, fields: fields, body: contents))
            }
            return await stream(contents, fields, visit)
        }
        await stream(file, path, files, fields, visit)
    }

    /// Whether the client has this version already (RFC 9110 §13.1.2).
    private static func isKnown(_ etag: ByteString, _ visit: Visit) -> Bool {
        visit.head.fields.all(.ifNoneMatch).contains { field in
            field.bytes.split(separator: UInt8(ascii: ",")).contains { candidate in
                var candidate = candidate.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
                if candidate.starts(with: "W/".utf8) { candidate = candidate.dropFirst(2) }
                while candidate.last == UInt8(ascii: " ") { candidate = candidate.dropLast() }
                return candidate.elementsEqual(etag.bytes) || candidate.elementsEqual("*".utf8)
            }
        }
    }

    /// What is given to a client at once: of a slow one no more than that waits here.
    private static let piece = 32 * 1024

    private func stream(_ contents: [UInt8], _ fields: HTTPFields, _ visit: Visit) async {
        await visit.responder.start(status: 200, fields: fields, length: UInt64(contents.count))
        var rest = contents[...]
        while visit.method == .get, !rest.isEmpty {
            guard await visit.responder.write(rest.prefix(Self.piece)) else { return }
            rest = rest.dropFirst(Self.piece)
        }
        await visit.responder.finish()
    }

    /// A file that is not kept in memory: piece by piece, as fast as the client takes it.
    private func stream(
        _ known: StaticFiles.Known, _ path: ByteString, _ files: StaticFiles, _ fields: HTTPFields, _ visit: Visit
    ) async {
        guard let file = files.open(path), file.version == known.version else {
            return await visit.responder.send(visit.answer(Problem(.internalError), asPage: visit.showsPage))
        }
        await visit.responder.start(status: 200, fields: fields, length: file.version.size)
        var offset: UInt64 = 0
        while visit.method == .get, offset < file.version.size {
            guard let piece = try? file.read(at: offset, count: Self.piece), !piece.isEmpty else { break }
            guard await visit.responder.write(piece[...]) else { return }
            offset += UInt64(piece.count)
        }
        await visit.responder.finish()
    }
}

internal import HTTP
internal import Platform

/// What a responder does on its connection.
extension HTTPConnection {
    var progress: HTTPProgress { exchange.progress }

    func send(_ response: HTTPResponse, _ id: UInt64) {
        guard exchange.id == id, exchange.framing == nil else { return }
        writeHead(response.status, response.fields, length: UInt64(response.body.count))
        append(response.body[...])
        close(exchange.framing)
    }

    func start(status: UInt16, fields: HTTPFields, length: UInt64?, _ id: UInt64) {
        guard exchange.id == id, exchange.framing == nil else { return }
        writeHead(status, fields, length: length)
    }

    func write(_ bytes: ArraySlice<UInt8>, _ id: UInt64) async -> Bool {
        guard exchange.id == id, exchange.framing != nil, !exchange.progress.isFinished else { return false }
        append(bytes)
        // What the kernel holds besides is enough to keep a fast client busy. To one that takes everything, pieces that
        // come together leave together.
        return (try? await stream.drain(below: 16 * 1024, gathering: Int(Self.gathered))) != nil
    }

    /// Octets of content that leave together.
    private static let gathered: UInt64 = 64 * 1024

    func finish(_ id: UInt64) {
        guard exchange.id == id, !exchange.progress.isFinished, let framing = exchange.framing else { return }
        guard framing.isComplete else { return cut(id) }
        if framing == .chunked { stream.write { Serializer.appendLastChunk(to: &$0) } }
        close(framing)
    }

    func cut(_ id: UInt64) {
        guard exchange.id == id, !exchange.progress.isFinished else { return }
        exchange.keepsAlive = false
        stream.reset()
    }

    private func writeHead(_ status: UInt16, _ fields: HTTPFields, length: UInt64?) {
        // The client may send its content or not, now that it has an answer instead of `100 Continue`.
        if exchange.awaitsContinue || isDraining { exchange.keepsAlive = false }
        let framing = ResponseFraming(
            status: status, method: exchange.method, version: exchange.version, length: length)
        if framing == .untilClose { exchange.keepsAlive = false }
        exchange.framing = framing
        exchange.progress.status = status
        var head = ResponseHead(
            status: status, fields: fields,
            framing: .announced(status: status, method: exchange.method, version: exchange.version, length: length),
            keepAlive: exchange.keepsAlive)
        if !fields.contains(.date) { head.fields.append(.date, clock.date(loop.now)) }
        // What follows at once finds its place, instead of moving to a larger one again and again.
        let room = Int(min(length ?? 0, Self.gathered)) + 1024
        stream.write { out in
            if framing != .none, room > 4096 { out.reserveCapacity(out.count + room) }
            Serializer.append(head, to: &out)
        }
    }

    private func append(_ bytes: ArraySlice<UInt8>) {
        guard let count = exchange.framing?.take(bytes.count), count > 0 else { return }
        exchange.progress.bodyBytes += UInt64(count)
        if exchange.framing == .chunked {
            stream.write { Serializer.appendChunk(bytes, to: &$0) }
        } else {
            stream.write(bytes.prefix(count))
        }
    }

    private func close(_ framing: ResponseFraming?) {
        if framing == .untilClose { exchange.keepsAlive = false }
        exchange.progress.isFinished = true
        exchange.gone = nil
    }
}

extension BodyFraming {
    fileprivate static func announced(
        status: UInt16, method: HTTPMethod, version: HTTPVersion, length: UInt64?
    ) -> BodyFraming {
        ResponseFraming.announced(status: status, method: method, version: version, length: length)
    }
}

internal import Bytes
internal import CPostgres

/// One `PGconn`, non-blocking, finished with its last reference: libpq's calls with Swift's types.
@safe final class LibpqConnection {
    private let connection: OpaquePointer

    enum Progress { case reading, writing, connected, failed }
    enum Flush { case done, pending, failed }

    /// Begins to connect; nil when there is no memory. It may have failed already: see `isBroken`.
    init?(_ parameters: [(name: String, value: [UInt8])]) {
        let names = CStringList(parameters.map { Array($0.name.utf8) })
        let values = CStringList(parameters.map(\.value))
        let started = unsafe names.withPointers { names in
            unsafe values.withPointers { values in unsafe PQconnectStartParams(names, values, 0) }
        }
        guard let started = unsafe started else { return nil }
        unsafe connection = started
        unsafe cpostgres_ignore_notices(started)
    }

    var isBroken: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }

    deinit { unsafe PQfinish(connection) }

    var descriptor: Int32 { unsafe PQsocket(connection) }

    /// The next step of connecting; the descriptor may be another one afterwards.
    func poll() -> Progress {
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_READING: .reading
        case PGRES_POLLING_WRITING: .writing
        case PGRES_POLLING_OK: .connected
        default: .failed
        }
    }

    /// libpq's own account of why connecting failed, one line. It holds host, user and database, never the password.
    var failure: ByteString { unsafe Self.failure(of: connection) }

    static func failure(of connection: OpaquePointer) -> ByteString {
        let text = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
        return ByteString(text.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 })
    }

    func makeNonblocking() -> Bool { unsafe PQsetnonblocking(connection, 1) == 0 }

    func enterPipeline() -> Bool { unsafe PQenterPipelineMode(connection) == 1 }

    // MARK: Sending

    func prepare(_ name: String, _ sql: String, types: [UInt32]) -> Bool {
        unsafe PQsendPrepare(connection, name, sql, Int32(types.count), types) == 1
    }

    func execute(_ name: String, _ parameters: [Parameter]) -> Bool {
        unsafe ParameterBlock(parameters).withPointers { values, lengths, formats in
            unsafe PQsendQueryPrepared(connection, name, Int32(parameters.count), values, lengths, formats, 1) == 1
        }
    }

    /// Ends a unit, so that it commits, and sends it.
    func endUnit() -> Bool { unsafe PQpipelineSync(connection) == 1 }

    func flush() -> Flush {
        switch unsafe PQflush(connection) {
        case 0: .done
        case 1: .pending
        default: .failed
        }
    }

    // MARK: Receiving

    /// Reads what has come, though perhaps not all of it; false when the connection is lost.
    func consumeInput() -> Bool { unsafe PQconsumeInput(connection) == 1 }

    var hasInput: Bool { cpostgres_has_input(descriptor) != 0 }

    /// Whether the next result is still on its way.
    var isBusy: Bool { unsafe PQisBusy(connection) != 0 }

    /// The next result; nil between the results of two statements. Only when not busy.
    func nextResult() -> LibpqResult? {
        unsafe PQgetResult(connection).map { unsafe LibpqResult(owning: $0) }
    }

    /// The next notification that has come: channel and payload.
    func nextNotification() -> (channel: ByteString, payload: ByteString)? {
        guard let notify = unsafe PQnotifies(connection) else { return nil }
        defer { unsafe PQfreemem(notify) }
        return unsafe (
            ByteString(String(cString: notify.pointee.relname)), ByteString(String(cString: notify.pointee.extra))
        )
    }
}

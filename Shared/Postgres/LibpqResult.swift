internal import Bytes
internal import CPostgres

/// One `PGresult`, freed with its last reference. The pointer never leaves this file's functions.
@safe final class LibpqResult {
    private let result: OpaquePointer

    init(owning result: OpaquePointer) { unsafe self.result = result }

    deinit { unsafe PQclear(result) }

    enum Outcome {
        case rows(Rows)
        case failed(PostgresError)
        /// The statement was skipped because one before it in the unit failed.
        case skipped
        /// The unit is over: committed, or rolled back.
        case endOfUnit
    }

    var outcome: Outcome {
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .rows(rows())
        case PGRES_PIPELINE_SYNC: .endOfUnit
        case PGRES_PIPELINE_ABORTED: .skipped
        default: .failed(error)
        }
    }

    /// libpq makes up an error without SQLSTATE when the connection breaks: that says nothing about the statement.
    private var error: PostgresError {
        guard let code = field(CPOSTGRES_DIAG_SQLSTATE) else { return .outcomeUnknown }
        let message = field(CPOSTGRES_DIAG_MESSAGE) ?? .empty
        let error = ServerError(code: code, message: message, constraint: field(CPOSTGRES_DIAG_CONSTRAINT))
        return error.endsConnection ? .outcomeUnknown : .refused(error)
    }

    private func field(_ code: some BinaryInteger) -> ByteString? {
        guard let text = unsafe PQresultErrorField(result, Int32(code)) else { return nil }
        return unsafe ByteString(String(cString: text))
    }

    private func rows() -> Rows {
        let columns = unsafe PQnfields(result)
        let count = unsafe PQntuples(result)
        var buffer: [UInt8] = []
        var cells: [Rows.Cell] = []
        cells.reserveCapacity(Int(count) * Int(columns))
        for row in 0..<count {
            for column in 0..<columns { cells.append(copy(row, column, to: &buffer)) }
        }
        return Rows(columns: Int(columns), count: Int(count), buffer: buffer, cells: cells)
    }

    private func copy(_ row: Int32, _ column: Int32, to buffer: inout [UInt8]) -> Rows.Cell {
        guard unsafe PQgetisnull(result, row, column) == 0 else { return nil }
        let length = unsafe Int(PQgetlength(result, row, column))
        let start = buffer.count
        let bytes = unsafe UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: length)
        unsafe buffer.append(contentsOf: bytes)
        return start..<start + length
    }
}

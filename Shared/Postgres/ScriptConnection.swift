internal import Bytes
internal import CPostgres

/// A connection that blocks its thread, for migrations and tools: one statement after the other, or a script of many.
/// Nothing on a loop may use it.
@safe public final class ScriptConnection {
    private let connection: OpaquePointer

    /// Connects. Throws `.refused` with libpq's account when that fails.
    public init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        let parameters = configuration.parameters(addresses: []) + [(name: "connect_timeout", value: Array("10".utf8))]
        let names = CStringList(parameters.map { Array($0.name.utf8) })
        let values = CStringList(parameters.map(\.value))
        let made = unsafe names.withPointers { names in
            unsafe values.withPointers { values in unsafe PQconnectdbParams(names, values, 0) }
        }
        guard let made = unsafe made else { throw .unavailable }
        unsafe connection = made
        unsafe cpostgres_ignore_notices(made)
        guard unsafe PQstatus(made) == CONNECTION_OK else {
            throw .refused(ServerError(code: "08001", message: unsafe LibpqConnection.failure(of: made)))
        }
    }

    deinit { unsafe PQfinish(connection) }

    /// Runs statements separated by semicolons, without parameters; stops at the first error.
    public func script(_ sql: String) throws(PostgresError) {
        _ = unsafe try rows(PQexec(connection, sql))
    }

    /// Runs one statement.
    @discardableResult
    public func run(_ sql: String, _ parameters: Parameter...) throws(PostgresError) -> Rows {
        let types = parameters.map(\.type)
        let result = unsafe ParameterBlock(parameters).withPointers { values, lengths, formats in
            unsafe PQexecParams(connection, sql, Int32(types.count), types, values, lengths, formats, 1)
        }
        return unsafe try rows(result)
    }

    private func rows(_ result: OpaquePointer?) throws(PostgresError) -> Rows {
        guard let result = unsafe result else { throw .unavailable }
        switch unsafe LibpqResult(owning: result).outcome {
        case .rows(let rows): return rows
        case .failed(let error): throw error
        case .skipped, .endOfUnit: return .none
        }
    }
}

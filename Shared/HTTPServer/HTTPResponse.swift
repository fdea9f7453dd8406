public import HTTP

/// A whole answer.
public struct HTTPResponse: Sendable {
    public var status: UInt16
    /// Without Content-Length, Transfer-Encoding, Connection and Date, which the connection adds.
    public var fields: HTTPFields
    public var body: [UInt8]

    public init(status: UInt16, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

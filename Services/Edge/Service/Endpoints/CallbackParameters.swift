internal import Bytes
internal import HTTP

/// What came back from the provider, as it stands in an address (RFC 6749 §4.1.2, RFC 9207 §2).
struct CallbackParameters: Equatable {
    var state: ByteString
    var code: ByteString?
    var iss: ByteString?
    var error: ByteString?

    private static let longestCode = 4096
    private static let longestState = 256
    private static let longestIssuer = 2048
    private static let longestError = 128

    /// From the query of the address. A doubled parameter or a token in it is refused.
    init(query: ByteString?) throws(Problem) {
        do throws(Form.Fault) {
            let form = try Form(parsing: query ?? .empty)
            for name in ["access_token", "id_token", "token_type", "response"] as [ByteString] where form.contains(name)
            {
                throw .malformed
            }
            try self.init(
                state: form.only("state"), code: form.only("code"), iss: form.only("iss"), error: form.only("error"))
        } catch { throw Self.refusal }
        try check()
    }

    /// From the object that a frontend posted: the parts, or the whole address on one of our own pages.
    init(_ object: PostedObject, origin: HTTPOrigin) throws(Problem) {
        var object = object
        if let url = try object.text("url") {
            try object.end()
            guard url.hasPrefix(origin.bytes + "/") || url.hasPrefix(origin.bytes + "?") else { throw Self.refusal }
            let address = url.bytes.prefix { $0 != UInt8(ascii: "#") }
            guard let mark = address.firstIndex(of: UInt8(ascii: "?")) else { throw Self.refusal }
            try self.init(query: ByteString(address[(mark + 1)...]))
            return
        }
        self.init(
            state: try object.text("state"), code: try object.text("code"), iss: try object.text("iss"),
            error: try object.text("error"))
        try object.end()
        try check()
    }

    private init(state: ByteString?, code: ByteString?, iss: ByteString?, error: ByteString?) {
        self.state = state ?? .empty
        self.code = code
        self.iss = iss
        self.error = error
    }

    private func check() throws(Problem) {
        guard !state.isEmpty, state.count <= Self.longestState, (code == nil) != (error == nil),
            (code?.count ?? 0) <= Self.longestCode, (iss?.count ?? 0) <= Self.longestIssuer,
            (error?.count ?? 0) <= Self.longestError
        else { throw Self.refusal }
    }

    private static var refusal: Problem {
        Problem(.invalidRequest, "The address does not carry what a sign-in ends with.")
    }
}

internal import Bytes
internal import HTTP
internal import HTTPServer
internal import JSON

/// The members of a JSON object that a frontend posted, each read at most once; anything else in it is refused.
struct PostedObject {
    private let object: JSONObject
    private var taken = 0

    static let longest = 16 * 1024

    init(_ object: JSONObject) { self.object = object }

    /// Reads the content of a request.
    static func read(_ visit: Visit) async throws(Problem) -> PostedObject {
        guard MediaType(visit.head.fields)?.name == "application/json" else {
            throw Problem(.unsupportedMediaType, "Send application/json.")
        }
        let bytes: [UInt8]
        do throws(HTTPBodyError) { bytes = try await visit.request.readAll(upTo: longest) } catch {
            throw error.problem
        }
        guard case .object(let object)? = try? JSON.parse(bytes) else {
            throw Problem(.invalidRequest, "Send one JSON object.")
        }
        return PostedObject(object)
    }

    /// A member that may be absent or null.
    mutating func text(_ name: ByteString) throws(Problem) -> ByteString? {
        guard let value = object[name] else { return nil }
        taken += 1
        if value.isNull { return nil }
        guard let text = value.string else { throw Problem(.invalidRequest, name + " must be a string.") }
        return text
    }

    /// A whole number.
    mutating func number(_ name: ByteString) throws(Problem) -> Int64? {
        guard let value = object[name] else { return nil }
        taken += 1
        if value.isNull { return nil }
        guard let number = value.integer else { throw Problem(.invalidRequest, name + " must be a whole number.") }
        return number
    }

    /// Every member has been read; any other is unknown.
    func end() throws(Problem) {
        if taken != object.count { throw Problem(.invalidRequest, "There are members that are not known here.") }
    }
}

extension HTTPBodyError {
    var problem: Problem {
        switch self {
        case .tooLarge: Problem(.contentTooLarge)
        case .timedOut: Problem(.requestTimeout)
        case .malformed, .closed: Problem(.malformedRequest)
        }
    }
}

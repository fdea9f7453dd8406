internal import HTTP

/// How a response's content is delimited, and how much of it may still be written (RFC 9112 §6).
///
/// Can transition: `length` counts down; every case ends with the response.
enum ResponseFraming: Equatable {
    /// There is none: an answer to HEAD, 204, 304.
    case none
    case length(remaining: UInt64)
    case chunked
    /// All until the connection closes: for HTTP/1.0 clients.
    case untilClose

    /// The length is nil when it is not known beforehand.
    init(status: UInt16, method: HTTPMethod, version: HTTPVersion, length: UInt64?) {
        if method == .head || status == 204 || status == 304 {
            self = .none
        } else if let length {
            self = .length(remaining: length)
        } else {
            self = version == .http11 ? .chunked : .untilClose
        }
    }

    /// What a head says about it.
    static func announced(status: UInt16, method: HTTPMethod, version: HTTPVersion, length: UInt64?) -> BodyFraming {
        switch ResponseFraming(status: status, method: method, version: version, length: length) {
        case .length(let length): .length(length)
        case .chunked: .chunked
        case .untilClose: .untilClose
        // HEAD and 304 may tell how long the content would be (RFC 9110 §8.6); 204 must not.
        case .none: status == 204 ? .none : length.map(BodyFraming.length) ?? .none
        }
    }

    /// How many of `count` octets may be written now; the rest is dropped. The count goes down with it.
    mutating func take(_ count: Int) -> Int {
        switch self {
        case .none: return 0
        case .chunked, .untilClose: return count
        case .length(let remaining):
            let taken = Int(min(UInt64(count), remaining))
            self = .length(remaining: remaining - UInt64(taken))
            return taken
        }
    }

    /// Whether nothing is missing if the response ends here.
    var isComplete: Bool {
        if case .length(let remaining) = self { remaining == 0 } else { true }
    }
}

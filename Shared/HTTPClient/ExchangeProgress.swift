internal import HTTP

/// How far an exchange has come in both directions. Pure.
struct ExchangeProgress {
    /// What of the request is still to be written.
    private enum Upload {
        case octets(UInt64)
        case chunks
        case done
    }

    private enum Download {
        case head
        case body
        case done
    }

    enum Write: Equatable {
        /// As it is.
        case plain
        /// With a chunk header before and a line end after it.
        case chunk
        /// More than announced, or after the end.
        case mismatch
    }

    private var upload: Upload
    private var download = Download.head

    init(_ framing: BodyFraming) {
        switch framing {
        case .length(let count) where count > 0: upload = .octets(count)
        case .chunked: upload = .chunks
        case .none, .length, .untilClose: upload = .done
        }
    }

    var requestIsWritten: Bool { if case .done = upload { true } else { false } }
    var headHasCome: Bool { if case .head = download { false } else { true } }
    var responseIsComplete: Bool { if case .done = download { true } else { false } }

    /// A piece of body is to be written.
    mutating func write(_ count: Int) -> Write {
        switch upload {
        case .octets(let left):
            guard UInt64(count) <= left else { return .mismatch }
            upload = UInt64(count) == left ? .done : .octets(left - UInt64(count))
            return .plain
        case .chunks: return .chunk
        case .done: return count == 0 ? .plain : .mismatch
        }
    }

    /// The request's body is over; whether a last chunk is to be written, nil when octets are missing.
    mutating func finish() -> Bool? {
        switch upload {
        case .octets: return nil
        case .chunks:
            upload = .done
            return true
        case .done: return false
        }
    }

    mutating func headCame() { download = .body }

    mutating func responseEnded() { download = .done }
}

import Bytes
import HTTP

/// The first octet chooses limits, the others are what a browser sends.
enum RequestProperties {
    static func check(_ input: [UInt8]) throws {
        guard let options = input.first.map(RequestOptions.init) else { return }
        let bytes = Array(input.dropFirst())
        let whole = try read(bytes, .none, options)
        try require(try read(bytes, .some, options) == whole, "cuts change nothing")
        for message in whole.transcript.messages { try checkRoundTrip(message.head, message.content) }
    }

    static func read(
        _ bytes: [UInt8], _ cuts: Cuts, _ options: RequestOptions, after head: [UInt8] = []
    ) throws -> RequestReader.Outcome {
        var reader = RequestReader(options)
        try reader.feed(head[...])
        for piece in cuts.pieces(bytes) { try reader.feed(piece) }
        return reader.outcome
    }

    /// What was accepted says the same when it is written and read again, and nothing of it is left over.
    private static func checkRoundTrip(_ head: RequestHead, _ content: [UInt8]) throws {
        // Only HTTP/1.0 may come without it, and nothing is written in that version.
        guard head.fields.contains(.host) else { return }
        let written = write(head, content)
        let again = try read(written, .none, .wide)
        try require(again.rest == 0 && again.transcript.messages.count == 1, "what is written is one request")
        let message = try require(again.transcript.messages.first, "what is written is a request")
        try require(isSame(head, message.head) && message.content == content, "what is written means the same")
        // The host of an absolute target is put into lower case there, otherwise in its field.
        guard head.target.form != .absolute else { return }
        try require(write(message.head, content) == written, "writing again changes nothing")
    }

    private static func write(_ head: RequestHead, _ content: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        Serializer.append(head, to: &out)
        append(content, head.framing, to: &out)
        return out
    }

    private static func isSame(_ left: RequestHead, _ right: RequestHead) -> Bool {
        left.method == right.method && left.target.originForm == right.target.originForm
            && left.target.authority == right.target.authority && left.keepAlive == right.keepAlive
            && left.expectsContinue == right.expectsContinue
            && (left.framing == right.framing || left.framing == .none && right.framing == .length(0))
            && endToEnd(left.fields) == endToEnd(right.fields)
    }
}

/// The content as its framing says.
func append(_ content: [UInt8], _ framing: BodyFraming, to out: inout [UInt8]) {
    guard framing == .chunked else { return out += content }
    Serializer.appendChunk(content[...], to: &out)
    Serializer.appendLastChunk(to: &out)
}

/// The fields that are not the connection's, nor compared by themselves.
func endToEnd(_ fields: HTTPFields) -> HTTPFields {
    var fields = fields
    fields.removeAll { $0.name.isHopByHop || [.contentLength, .expect, .host].contains($0.name) }
    return fields
}

struct RequestOptions {
    var limits = HTTPLimits()
    var bodyLimit: UInt64?

    init(_ octet: UInt8) {
        if octet & 1 != 0 { limits = HTTPLimits(line: 64, fields: 160, fieldCount: 4) }
        if octet & 2 != 0 { limits.encodedSlash = .keep }
        if octet & 4 != 0 { bodyLimit = 12 }
    }

    /// Accepts whatever any others accept, written at more length.
    static let wide = {
        var options = RequestOptions(2)
        options.limits.line *= 2
        options.limits.fields *= 2
        options.limits.fieldCount *= 2
        return options
    }()
}

/// A parser with its buffer, watched.
struct RequestReader {
    typealias Transcription = Transcript<RequestHead, HTTPFault>

    struct Outcome: Equatable {
        var transcript: Transcription
        /// Octets that were not taken, while the parser would take more.
        var rest: Int
        var isBetweenRequests: Bool
    }

    private let options: RequestOptions
    private var parser: RequestParser
    private var input = ByteBuffer()
    private var transcript = Transcription()
    private var isOver = false
    private var framing: BodyFraming?
    private var content = 0

    init(_ options: RequestOptions) {
        self.options = options
        parser = RequestParser(limits: options.limits)
    }

    var outcome: Outcome {
        Outcome(
            transcript: transcript, rest: isOver ? 0 : input.count,
            isBetweenRequests: !isOver && parser.isBetweenRequests)
    }

    mutating func feed(_ piece: ArraySlice<UInt8>) throws {
        input.append(contentsOf: piece)
        while !isOver {
            let before = input.count
            let event = parser.parse(&input)
            guard try note(event, taken: before - input.count) else { return }
        }
        try checkSilence()
    }

    /// Whether there is more to say.
    private mutating func note(_ event: RequestParser.Event, taken: Int) throws -> Bool {
        switch event {
        case .needMore:
            try require(input.count < mostUnread, "an incomplete part is bounded")
            return false
        case .head(let head):
            let bound = options.limits.line + options.limits.fields
            try require(taken <= bound + 2, "a head stays within its limits")
            try require(head.fields.count <= options.limits.fieldCount, "so does the number of its fields")
            if let limit = options.bodyLimit { parser.limitBody(to: limit) }
            (framing, content) = (head.framing, 0)
            transcript.add(.head(head))
        case .body(let part):
            content += part.count
            try require(!part.isEmpty && part.count <= taken, "a part was in the input")
            try require(UInt64(content) <= options.bodyLimit ?? .max, "content stays within its limit")
            transcript.add(content: part)
        case .end:
            if case .length(let length) = framing { try require(UInt64(content) == length, "no octet is missing") }
            framing = nil
            transcript.add(.end)
        case .reject(let fault):
            isOver = true
            transcript.add(.fault(fault))
        case .closed:
            isOver = true
            transcript.add(.closed)
        }
        return true
    }

    /// One more than what may be left when the parser wants more.
    private var mostUnread: Int {
        switch framing {
        case .length: 1
        case .chunked: max(256, options.limits.fields / 4)
        default: options.limits.line + options.limits.fields
        }
    }

    /// After its last word a parser takes nothing and says the same.
    private mutating func checkSilence() throws {
        let count = input.count
        input.append(contentsOf: [0x47])
        let event = parser.parse(&input)
        try require(input.count == count + 1, "nothing is taken after the last word")
        let last: Transcription.Step? =
            switch event {
            case .reject(let fault): .fault(fault)
            case .closed: .closed
            default: nil
            }
        try require(last != nil && last == transcript.steps.last, "the last word stays")
    }
}

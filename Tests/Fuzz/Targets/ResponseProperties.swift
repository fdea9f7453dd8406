import Bytes
import HTTP

/// The first octet chooses the requests and the limits, the others are what an upstream sends.
enum ResponseProperties {
    static func check(_ input: [UInt8]) throws {
        guard let options = input.first.map(ResponseOptions.init) else { return }
        let bytes = Array(input.dropFirst())
        let whole = try read(bytes, .none, options)
        try require(try read(bytes, .some, options) == whole, "cuts change nothing")
        for (message, method) in zip(whole.transcript.messages, options.methods) {
            try checkRoundTrip(message.head, message.content, method)
        }
    }

    static func read(
        _ bytes: [UInt8], _ cuts: Cuts, _ options: ResponseOptions, after head: [UInt8] = []
    ) throws -> ResponseReader.Outcome {
        var reader = ResponseReader(options)
        try reader.feed(head[...])
        for piece in cuts.pieces(bytes) { try reader.feed(piece) }
        return reader.outcome()
    }

    private static func checkRoundTrip(_ head: ResponseHead, _ content: [UInt8], _ method: HTTPMethod) throws {
        let written = write(head, content)
        let again = try read(written, .none, .wide(method))
        try require(again.rest == 0 && again.transcript.messages.count == 1, "what is written is one response")
        let message = try require(again.transcript.messages.first, "what is written is a response")
        try require(isSame(head, message.head) && message.content == content, "what is written means the same")
        try require(write(message.head, content) == written, "writing again changes nothing")
    }

    private static func write(_ head: ResponseHead, _ content: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        Serializer.append(head, to: &out)
        append(content, head.framing, to: &out)
        return out
    }

    private static func isSame(_ left: ResponseHead, _ right: ResponseHead) -> Bool {
        left.status == right.status && left.keepAlive == right.keepAlive && left.framing == right.framing
            && endToEnd(left.fields) == endToEnd(right.fields)
    }
}

struct ResponseOptions {
    var limits = HTTPLimits()
    var methods: [HTTPMethod]
    var allowsUpgrade: Bool
    var bodyLimit: UInt64?

    init(_ octet: UInt8) {
        methods = octet & 1 == 0 ? [.get, .post, .get] : [.head, .get, .head]
        allowsUpgrade = octet & 2 != 0
        if octet & 4 != 0 { limits = HTTPLimits(line: 64, fields: 160, fieldCount: 4) }
        if octet & 8 != 0 { bodyLimit = 12 }
    }

    static func wide(_ method: HTTPMethod) -> ResponseOptions {
        var options = ResponseOptions(0)
        options.methods = [method]
        options.limits.line *= 2
        options.limits.fields *= 2
        options.limits.fieldCount *= 2
        return options
    }
}

/// A parser with its buffer, watched.
struct ResponseReader {
    typealias Transcription = Transcript<ResponseHead, HTTPFault>

    struct Outcome: Equatable {
        var transcript: Transcription
        var rest: Int
        var isReusable: Bool
        var ending: ResponseParser.Ending
    }

    private let options: ResponseOptions
    private var parser: ResponseParser
    private var methods: ArraySlice<HTTPMethod>
    private var input = ByteBuffer()
    private var transcript = Transcription()
    private var isOver = false
    private var framing: BodyFraming?
    private var content = 0

    init(_ options: ResponseOptions) {
        self.options = options
        methods = options.methods[...]
        parser = ResponseParser(limits: options.limits)
        begin()
    }

    private mutating func begin() {
        if let method = methods.popFirst() { parser.begin(method, allowsUpgrade: options.allowsUpgrade) }
    }

    /// The peer has closed. A content that ends with the connection is complete then.
    mutating func outcome() -> Outcome {
        let isReusable = parser.isReusable(input)
        let ending = parser.endOfInput()
        if framing == .untilClose, !isOver, ending == .complete { transcript.add(.end) }
        return Outcome(transcript: transcript, rest: isOver ? 0 : input.count, isReusable: isReusable, ending: ending)
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

    private mutating func note(_ event: ResponseParser.Event, taken: Int) throws -> Bool {
        switch event {
        case .needMore:
            try require(input.count < mostUnread, "an incomplete part is bounded")
            return false
        case .interim(let head): transcript.add(.interim(head))
        case .upgraded(let head):
            try require(options.allowsUpgrade, "nothing changes the protocol unasked")
            isOver = true
            transcript.add(.upgraded(head))
        case .head(let head):
            try require(taken <= options.limits.line + options.limits.fields, "a head stays within its limits")
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
            begin()
        case .fault(let fault):
            isOver = true
            transcript.add(.fault(fault))
        }
        return true
    }

    private var mostUnread: Int {
        switch framing {
        case .length, .untilClose: 1
        case .chunked: max(256, options.limits.fields / 4)
        default: options.limits.line + options.limits.fields
        }
    }

    private mutating func checkSilence() throws {
        let count = input.count
        input.append(contentsOf: [0x48])
        let event = parser.parse(&input)
        try require(input.count == count + 1, "nothing is taken after the last word")
        if case .upgraded = transcript.steps.last { return try require(event == .needMore, "it is another's to read") }
        guard case .fault(let fault) = event else { throw Violation(description: "a fault stays") }
        try require(transcript.steps.last == .fault(fault), "the last word stays")
    }
}

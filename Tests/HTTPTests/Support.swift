import Bytes
import HTTP

/// The octets of a text whose characters are octets: `\u{80}` is one octet, 0x80.
func octets(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

func fields(_ pairs: (String, String)...) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in pairs {
        if let name = FieldName(ByteString(octets(name))), let value = FieldValue(ByteString(octets(value))) {
            fields.append(name, value)
        }
    }
    return fields
}

/// What came out of a parser, with the parts of a content put together, so that cuts do not show.
struct Transcript: Equatable, CustomStringConvertible {
    var lines: [String] = []
    private var content: [UInt8] = []

    mutating func add(content part: ArraySlice<UInt8>) { content += part }

    mutating func add(_ line: String) {
        if !content.isEmpty { lines.append("content " + ByteString(content).description) }
        content = []
        lines.append(line)
    }

    /// The content that a message was cut in.
    mutating func close() { if !content.isEmpty { add("…") } }

    /// Whether the parser waits for nothing but another message.
    var isFinished = false

    var description: String { lines.joined(separator: "\n") }
}

func text(_ fields: HTTPFields) -> String {
    fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
}

/// How octets are cut into reads.
enum Cuts {
    case none
    case everyOctet
    /// After these many octets of the whole.
    case at([Int])

    func pieces(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        switch self {
        case .none: return [bytes[...]]
        case .everyOctet: return bytes.indices.map { bytes[$0...$0] }
        case .at(let places):
            var pieces: [ArraySlice<UInt8>] = []
            var start = 0
            for place in places.sorted() where place > start && place < bytes.count {
                pieces.append(bytes[start..<place])
                start = place
            }
            return pieces + [bytes[start...]]
        }
    }
}

/// Feeds a request parser and writes down what it says.
func transcribe(
    requests bytes: [UInt8], cuts: Cuts = .none, limits: HTTPLimits = HTTPLimits(), bodyLimit: UInt64? = nil
) -> Transcript {
    var parser = RequestParser(limits: limits)
    var input = ByteBuffer()
    var transcript = Transcript()
    for piece in cuts.pieces(bytes) {
        input.append(contentsOf: piece)
        loop: while true {
            switch parser.parse(&input) {
            case .needMore: break loop
            case .head(let head):
                transcript.add("\(head.method) \(head.target.originForm) \(head.framing) keep=\(head.keepAlive)")
                transcript.add(text(head.fields))
                if let bodyLimit { parser.limitBody(to: bodyLimit) }
            case .body(let part): transcript.add(content: part)
            case .end: transcript.add("end")
            case .reject(let fault):
                transcript.add("reject \(fault)")
                return transcript
            case .closed:
                transcript.isFinished = true
                transcript.add("closed")
                return transcript
            }
        }
    }
    transcript.isFinished = parser.isBetweenRequests && input.isEmpty
    transcript.close()
    return transcript
}

/// Feeds a response parser and writes down what it says; `methods` are the requests, in order.
func transcribe(
    responses bytes: [UInt8], to methods: [HTTPMethod] = [.get], cuts: Cuts = .none, allowsUpgrade: Bool = false,
    closes: Bool = true, limits: HTTPLimits = HTTPLimits()
) -> Transcript {
    var parser = ResponseParser(limits: limits)
    var input = ByteBuffer()
    var transcript = Transcript()
    var methods = methods[...]
    if let method = methods.popFirst() { parser.begin(method, allowsUpgrade: allowsUpgrade) }
    for piece in cuts.pieces(bytes) {
        input.append(contentsOf: piece)
        loop: while true {
            switch parser.parse(&input) {
            case .needMore: break loop
            case .interim(let head): transcript.add("interim \(head.status) \(text(head.fields))")
            case .upgraded(let head):
                transcript.add("upgraded \(text(head.fields))")
                return transcript
            case .head(let head):
                transcript.add("\(head.status) \(head.framing) keep=\(head.keepAlive) \(text(head.fields))")
            case .body(let part): transcript.add(content: part)
            case .end:
                transcript.add("end")
                if let method = methods.popFirst() { parser.begin(method) }
            case .fault(let fault):
                transcript.add("fault \(fault)")
                return transcript
            }
        }
    }
    if closes { transcript.add("\(parser.endOfInput())") } else { transcript.close() }
    return transcript
}

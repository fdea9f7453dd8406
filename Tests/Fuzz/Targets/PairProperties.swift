import Bytes
import Messages

/// Two machines that keep the rules, joined by their octets: the input says who does what, and when octets arrive.
/// Then nothing is ever a fault, nothing is lost or changed, and in the end nothing is left.
enum PairProperties {
    static func check(_ input: [UInt8]) throws {
        var choices = Choices(input)
        var pair = Pair(limit: choices.octet() & 1 == 0 ? 3 : 1024)
        while !choices.isEmpty { try pair.step(&choices) }
        try pair.settle()
        try pair.checkComplete()
        try pair.releaseAll()
        try pair.settle()
        try pair.checkEmpty()
    }
}

/// One end: a machine, its decoder, what has arrived, and what its user has written and read.
private struct End {
    var machine: LinkMachine
    var decoder = FrameDecoder()
    var arrived = ByteBuffer()
    /// Octets given to a stream, and taken from it.
    var written: [UInt32: Int] = [:]
    var read: [UInt32: Int] = [:]
    var hasFinished: Set<UInt32> = []
    /// Streams that the peer opened, and those whose head left this side.
    var hasOpened: Set<UInt32> = []
    var hasHead: Set<UInt32> = []
    var hasEnd: Set<UInt32> = []
    /// Streams that this side gave up, or heard to be given up.
    var isBroken: Set<UInt32> = []

    private static let pattern = (0..<140_000).map { UInt8($0 % 251) }

    /// The octets of a body from a place on; each stream has its own.
    private static func body(_ stream: UInt32, from place: Int, _ count: Int) -> ArraySlice<UInt8> {
        pattern[((place + Int(stream) * 7) % 251)...].prefix(count)
    }

    mutating func write(_ stream: UInt32, _ count: Int, end: Bool) {
        guard machine.mayWrite(stream), hasHead.contains(stream), !hasFinished.contains(stream) else { return }
        let place = written[stream, default: 0]
        machine.send(body: Self.body(stream, from: place, count), on: stream, end: end)
        written[stream] = place + count
        if end { hasFinished.insert(stream) }
    }

    /// Takes a part; whether there was one.
    mutating func take(_ stream: UInt32) throws -> Bool {
        guard let part = try machine.take(stream) else { return false }
        switch part {
        case .head: try require(read[stream] == nil, "the head comes first")
        case .body(let body):
            let place = read[stream, default: 0]
            try require(Self.body(stream, from: place, body.count).isSame(as: body), "a body arrives as it was sent")
            read[stream] = place + body.count
        case .end:
            hasEnd.insert(stream)
            return false
        }
        return true
    }

    mutating func abort(_ stream: UInt32) throws {
        if hasSeen(stream) { isBroken.insert(stream) }
        try machine.abort(stream, Abort(.cancelled))
    }

    mutating func release(_ stream: UInt32) throws {
        if hasSeen(stream) { isBroken.insert(stream) }
        try machine.release(stream)
    }

    mutating func finish(_ stream: UInt32) {
        if hasHead.contains(stream) { hasFinished.insert(stream) }
        machine.finish(stream)
    }

    private func hasSeen(_ stream: UInt32) -> Bool { hasHead.contains(stream) || hasOpened.contains(stream) }

    mutating func receive() throws {
        while let frame = try decoder.next(from: &arrived) {
            switch try machine.receive(frame) {
            case .opened(let stream): hasOpened.insert(stream)
            case .aborted(let stream): isBroken.insert(stream)
            default: break
            }
        }
    }
}

private struct Pair {
    private var client: End
    private var server: End
    private var highest: UInt32 = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        client = End(machine: LinkMachine(role: .client, streamLimit: limit))
        server = End(machine: LinkMachine(role: .server, streamLimit: limit))
    }

    mutating func step(_ choices: inout Choices) throws {
        let choice = choices.octet()
        let stream = 1 + UInt32(choice >> 5)
        let end = choice & 16 != 0
        switch choice & 15 {
        case 0, 1: try open(end: end)
        case 2: try Self.move(&client, &server, room: end ? 20_000 : 1 << 20)
        case 3: try Self.move(&server, &client, room: end ? 20_000 : 1 << 20)
        case 4, 5: client.write(stream, Self.size(&choices), end: end)
        case 6, 7: server.write(stream, Self.size(&choices), end: end)
        case 8: try answer(stream, end: end)
        case 9: try Self.use(&client, &server, end) { _ = try $0.take(stream) }
        case 10: try Self.use(&server, &client, end) { _ = try $0.take(stream) }
        case 11: for _ in 0..<16 { try Self.use(&client, &server, end) { _ = try $0.take(stream) } }
        case 12: try Self.use(&client, &server, end) { try $0.abort(stream) }
        case 13: try Self.use(&client, &server, end) { try $0.release(stream) }
        case 14: try Self.use(&client, &server, end) { $0.finish(stream) }
        default: server.machine.isAccepting = !end
        }
        try require(client.machine.live <= limit && server.machine.live <= limit, "streams are bounded")
    }

    private static func size(_ choices: inout Choices) -> Int {
        LinkProperties.sizes[Int(choices.octet()) % LinkProperties.sizes.count]
    }

    private static func use(_ one: inout End, _ other: inout End, _ first: Bool, _ body: (inout End) throws -> Void)
        throws
    {
        if first { try body(&one) } else { try body(&other) }
    }

    private mutating func open(end: Bool) throws {
        guard let stream = try client.machine.open(head: LinkProperties.head, end: end) else { return }
        highest = stream
        client.hasHead.insert(stream)
        if end { client.hasFinished.insert(stream) }
    }

    private mutating func answer(_ stream: UInt32, end: Bool) throws {
        // Answered when the question has been read, as drivers do.
        guard server.machine.mayTake(stream), !server.hasHead.contains(stream), try server.take(stream) else { return }
        server.hasHead.insert(stream)
        if end { server.hasFinished.insert(stream) }
        try server.machine.send(head: LinkProperties.head, on: stream, end: end)
    }

    private static func move(_ from: inout End, _ to: inout End, room: Int) throws {
        var out: [UInt8] = []
        try from.machine.fill(&out, room: room) { _ in }
        to.arrived.append(contentsOf: out)
        try to.receive()
    }

    /// Lets everything arrive and be read.
    mutating func settle() throws {
        repeat {
            try Self.move(&client, &server, room: 1 << 20)
            try Self.move(&server, &client, room: 1 << 20)
            for stream in 0...highest {
                while try client.take(stream) {}
                while try server.take(stream) {}
            }
        } while client.machine.hasOutput || server.machine.hasOutput
    }

    /// What was sent has come, unless someone gave up.
    func checkComplete() throws {
        for stream in 1...max(highest, 1) where !client.isBroken.contains(stream) && !server.isBroken.contains(stream) {
            let asked = client.written[stream, default: 0] == server.read[stream, default: 0]
            let answered = server.written[stream, default: 0] == client.read[stream, default: 0]
            try require(asked && answered, "every octet of stream \(stream) has come")
            try require(
                client.hasFinished.contains(stream) == server.hasEnd.contains(stream), "\(stream): an end comes")
            try require(
                server.hasFinished.contains(stream) == client.hasEnd.contains(stream), "\(stream): an end comes")
        }
    }

    mutating func releaseAll() throws {
        guard highest > 0 else { return }
        for stream in 1...highest {
            try client.machine.release(stream)
            try server.machine.release(stream)
        }
    }

    func checkEmpty() throws {
        try require(client.machine.live == 0 && server.machine.live == 0, "nobody holds a stream, so none is left")
    }
}

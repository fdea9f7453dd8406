import Bytes
import Testing

@testable import Messages

/// Two machines joined by their octets.
struct Joined {
    var client = LinkMachine(role: .client, streamLimit: 1024)
    var server = LinkMachine(role: .server, streamLimit: 1024)
    private var clientDecoder = FrameDecoder()
    private var serverDecoder = FrameDecoder()

    /// Lets everything said so far arrive; answers what it meant at each end.
    mutating func exchange(room: Int = .max / 2) throws(FrameFault) -> (
        atClient: [LinkMachine.Event], atServer: [LinkMachine.Event]
    ) {
        var events: (atClient: [LinkMachine.Event], atServer: [LinkMachine.Event]) = ([], [])
        while client.hasOutput || server.hasOutput {
            events.atServer += try Self.move(&client, &server, &serverDecoder, room)
            events.atClient += try Self.move(&server, &client, &clientDecoder, room)
        }
        return events
    }

    private static func move(
        _ from: inout LinkMachine, _ to: inout LinkMachine, _ decoder: inout FrameDecoder, _ room: Int
    ) throws(FrameFault) -> [LinkMachine.Event] {
        var out: [UInt8] = []
        try from.fill(&out, room: room) { _ in }
        var buffer = ByteBuffer(out)
        var events: [LinkMachine.Event] = []
        while let frame = try decoder.next(from: &buffer) { events.append(try to.receive(frame)) }
        return events
    }
}

@Suite struct LinkMachineTests {
    static let head = Array("{}".utf8)

    /// Reads what is there; answers the octets of body.
    private func drain(_ machine: inout LinkMachine, _ stream: UInt32) throws -> Int {
        var count = 0
        while let part = try machine.take(stream), part != .end {
            if case .body(let body) = part { count += body.count }
        }
        return count
    }

    @Test(arguments: [0, 1, 16384, 16385, 65536, 300_000, 40_000_000])
    func `a body of any size arrives while its reader reads`(_ size: Int) throws {
        var joined = Joined()
        let stream = try #require(try joined.client.open(head: Self.head, end: false))
        joined.client.send(body: [UInt8](repeating: 1, count: size)[...], on: stream, end: true)
        var received = 0
        for _ in 0..<(2 + size / 16384) {
            _ = try joined.exchange()
            received += try drain(&joined.server, stream)
        }
        #expect(received == size)
        #expect(try joined.server.take(stream) == .end)
        #expect(try joined.client.take(stream) == nil)
    }

    @Test func `octets that come one by one wait in a few pieces, and none is lost`() throws {
        var joined = Joined()
        let stream = try #require(try joined.client.open(head: Self.head, end: false))
        for value in 0..<16_000 {
            joined.client.send(body: [UInt8(truncatingIfNeeded: value)], on: stream, end: value == 15_999)
            _ = try joined.exchange()
        }
        #expect(joined.server.streams[stream]?.inbox.count == 1)
        #expect(try joined.server.take(stream) == .head(Self.head))
        #expect(try joined.server.take(stream) == .body((0..<16_000).map { UInt8(truncatingIfNeeded: $0) }))
        #expect(try joined.server.take(stream) == .end)
    }

    // MARK: Streams

    @Test func `numbers go up, are never used twice, and end`() throws {
        var joined = Joined()
        for expected in 1...3 as ClosedRange<UInt32> {
            #expect(try joined.client.open(head: Self.head, end: true) == expected)
            try joined.client.abort(expected, Abort(.cancelled))
        }
        var last = LinkMachine(role: .client, streamLimit: 2, highest: .max - 1)
        #expect(try last.open(head: Self.head, end: true) == .max)
        #expect(last.isExhausted)
        #expect(try last.open(head: Self.head, end: true) == nil)
    }

    @Test func `at the limit nothing is opened, and who opens all the same is cut off`() throws {
        var client = LinkMachine(role: .client, streamLimit: 1)
        #expect(try client.open(head: Self.head, end: true) == 1)
        #expect(try client.open(head: Self.head, end: true) == nil)
        var server = LinkMachine(role: .server, streamLimit: 1)
        #expect(try server.receive(Frame(.head, stream: 1, payload: Self.head)) == .opened(1))
        #expect(throws: FrameFault.tooMany) { try server.receive(Frame(.head, stream: 2, payload: Self.head)) }
    }

    @Test(arguments: [
        (Frame(.head, stream: 2, payload: head), FrameFault.wrongStream),
        (Frame(.body, stream: 2, payload: [1]), .wrongStream),
        (Frame.credit(1, stream: 2), .wrongStream),
        (Abort(.cancelled).frame(stream: 2), .wrongStream),
        (Frame(.body, stream: 1, payload: [1]), .outOfOrder),
        (Frame(.head, stream: 1, payload: head, flags: .wide), .unknownFlag),
    ])
    func `a client cuts off a server that breaks the rules`(_ frame: Frame, _ fault: FrameFault) throws {
        var client = LinkMachine(role: .client, streamLimit: 1)
        _ = try client.open(head: Self.head, end: false)
        #expect(throws: fault) { try client.receive(frame) }
    }

    @Test(arguments: [
        Frame(.head, stream: 1, payload: head), Frame(.body, stream: 1, payload: [1]), Frame.credit(1, stream: 1),
        Abort(.cancelled).frame(stream: 1),
    ])
    func `frames for a stream that has ended are dropped`(_ frame: Frame) throws {
        var client = LinkMachine(role: .client, streamLimit: 1)
        _ = try client.open(head: Self.head, end: false)
        try client.abort(1, Abort(.cancelled))
        #expect(try client.receive(frame) == .none)
        try client.release(1)
        #expect(try client.receive(frame) == .none)
        #expect(client.streams.isEmpty)
        #expect(client.pool.reserved == 0)
    }

    @Test func `a stream ends when both directions have`() throws {
        var joined = Joined()
        let stream = try #require(try joined.client.open(head: Self.head, end: true))
        #expect(try joined.exchange().atServer == [.opened(stream)])
        try joined.server.send(head: Self.head, on: stream, end: false)
        joined.server.send(body: [1, 2, 3], on: stream, end: true)
        #expect(joined.server.live == 1)
        #expect(try joined.exchange().atClient == [.readable(stream), .readable(stream)])
        #expect(joined.server.live == 0)
        #expect(joined.client.live == 0)
        #expect(try joined.client.take(stream) == .head(Self.head))
        #expect(try joined.client.take(stream) == .body([1, 2, 3]))
        #expect(try joined.client.take(stream) == .end)
        #expect(try joined.client.take(stream) == .end)
        try joined.client.release(stream)
        try joined.server.release(stream)
        #expect(!joined.client.hasOutput && !joined.server.hasOutput)
    }

    @Test func `an abort cuts what has no end yet, and leaves what came whole`() throws {
        var joined = Joined()
        let cut = try #require(try joined.client.open(head: Self.head, end: false))
        let whole = try #require(try joined.client.open(head: Self.head, end: false))
        _ = try joined.exchange()
        for stream in [cut, whole] {
            try joined.server.send(head: Self.head, on: stream, end: false)
            joined.server.send(body: [1], on: stream, end: stream == whole)
        }
        _ = try joined.exchange()
        for stream in [cut, whole] { try joined.server.abort(stream, Abort(.upstreamFailed)) }
        #expect(try joined.exchange().atClient == [.aborted(cut), .aborted(whole)])
        #expect(try joined.client.take(cut) == nil)
        #expect(joined.client.failure(of: cut) == Abort(.upstreamFailed))
        #expect(try joined.client.take(whole) == .head(Self.head))
        #expect(try joined.client.take(whole) == .body([1]))
        #expect(try joined.client.take(whole) == .end)
        #expect(joined.client.live == 0)
    }

    @Test func `letting go sends what is complete and aborts the rest`() throws {
        var joined = Joined()
        let answered = try #require(try joined.client.open(head: Self.head, end: false))
        let unanswered = try #require(try joined.client.open(head: Self.head, end: true))
        _ = try joined.exchange()
        try joined.server.send(head: Self.head, on: answered, end: false)
        joined.server.send(body: [7], on: answered, end: true)
        try joined.server.release(answered)
        try joined.client.release(unanswered)
        let events = try joined.exchange()
        #expect(events.atServer == [.aborted(unanswered)])
        #expect(events.atClient == [.readable(answered), .readable(answered), .aborted(answered)])
        #expect(joined.server.streams.streams.sorted() == [unanswered])
        #expect(try joined.client.take(answered) == .head(Self.head))
        #expect(try joined.client.take(answered) == .body([7]))
    }

    @Test func `a stream that both sides let go ends, with bodies beyond credit on both`() throws {
        var joined = Joined()
        let stream = try #require(try joined.client.open(head: Self.head, end: false))
        _ = try joined.exchange()
        try joined.server.send(head: Self.head, on: stream, end: false)
        joined.client.send(body: [UInt8](repeating: 1, count: 100_000)[...], on: stream, end: true)
        joined.server.send(body: [UInt8](repeating: 2, count: 100_000)[...], on: stream, end: true)
        _ = try joined.exchange()
        try joined.server.release(stream)
        try joined.client.release(stream)
        _ = try joined.exchange()
        #expect(joined.client.streams.isEmpty && joined.server.streams.isEmpty)
        #expect(joined.client.live == 0 && joined.server.live == 0)
    }

    @Test func `while it drains, a server tells new streams that nothing was sent`() throws {
        var joined = Joined()
        joined.server.isAccepting = false
        let stream = try #require(try joined.client.open(head: Self.head, end: true))
        #expect(try joined.exchange().atClient == [.aborted(stream)])
        #expect(joined.client.failure(of: stream) == Abort(.notSent, .draining))
    }

    // MARK: Credit

    @Test func `a sender stops at its credit and goes on when the reader has`() throws {
        var joined = Joined()
        let stream = try #require(try joined.client.open(head: Self.head, end: false))
        joined.client.send(body: [UInt8](repeating: 1, count: 100_000)[...], on: stream, end: false)
        _ = try joined.exchange()
        #expect(joined.server.streams[stream]?.inbox.count == 1)
        #expect(!joined.client.mayWrite(stream))
        // The answer's window is wide from the beginning.
        try joined.server.send(head: Self.head, on: stream, end: false)
        joined.server.send(body: [UInt8](repeating: 1, count: 100_000)[...], on: stream, end: false)
        _ = try joined.exchange()
        #expect(joined.client.streams[stream]?.inbox.count == 4)
        var received = try drain(&joined.server, stream)
        for _ in 0..<8 {
            _ = try joined.exchange()
            received += try drain(&joined.server, stream)
        }
        #expect(received == 100_000)
        #expect(joined.client.mayWrite(stream))
    }

    @Test func `windows grow while the reader keeps up, to 256 KiB, and the pool gets it back`() throws {
        var joined = Joined()
        let stream = try #require(try joined.client.open(head: Self.head, end: false))
        joined.client.send(body: [UInt8](repeating: 1, count: 2_000_000)[...], on: stream, end: false)
        for _ in 0..<20 {
            _ = try joined.exchange()
            _ = try drain(&joined.server, stream)
        }
        #expect(joined.server.streams[stream]?.window.size == Window.largest)
        #expect(joined.server.pool.reserved == Window.largest - Window.small)
        try joined.client.abort(stream, Abort(.cancelled))
        _ = try joined.exchange()
        try joined.server.release(stream)
        try joined.client.release(stream)
        #expect(joined.server.pool.reserved == 0)
        #expect(joined.client.pool.reserved == 0)
    }

    @Test func `an empty pool makes windows small, and stops nobody`() throws {
        var joined = Joined()
        let isEmptied = joined.client.pool.reserve(Window.pool)
        #expect(isEmptied)
        let stream = try #require(try joined.client.open(head: Self.head, end: true))
        _ = try joined.exchange()
        try joined.server.send(head: Self.head, on: stream, end: false)
        joined.server.send(body: [UInt8](repeating: 1, count: 200_000)[...], on: stream, end: true)
        var received = 0
        for _ in 0..<20 {
            _ = try joined.exchange()
            received += try drain(&joined.client, stream)
        }
        #expect(received == 200_000)
        #expect(joined.client.streams[stream]?.window.size == Window.small)
    }

    // MARK: Writing

    @Test func `heads and control go first, then one body frame of each stream in turn`() throws {
        var client = LinkMachine(role: .client, streamLimit: 10)
        for _ in 1...3 {
            let stream = try #require(try client.open(head: Self.head, end: false))
            client.send(body: [UInt8](repeating: 1, count: 16_000)[...], on: stream, end: true)
        }
        client.send(body: [], on: 1, end: true)
        try client.send(message: Self.head)
        try client.abort(2, Abort(.cancelled))
        #expect(
            try order(&client, room: .max / 2) == [
                "head 1", "head 2", "head 3", "message 0", "abort 2", "body 1", "body 3",
            ])
    }

    @Test func `streams take turns, and the room is kept`() throws {
        var server = LinkMachine(role: .server, streamLimit: 10)
        for stream in 1...2 as ClosedRange<UInt32> {
            _ = try server.receive(Frame(.head, stream: stream, payload: Self.head, flags: [.end, .wide]))
            try server.send(head: Self.head, on: stream, end: false)
            server.send(body: [UInt8](repeating: 1, count: 40_000)[...], on: stream, end: true)
        }
        #expect(try order(&server, room: 20_000) == ["head 1", "head 2", "body 1", "body 2"])
        #expect(try order(&server, room: 1) == ["body 1"])
        #expect(try order(&server, room: 0) == [])
        #expect(try order(&server, room: 100_000) == ["body 2", "body 1", "body 2"])
        #expect(!server.hasOutput)
    }

    @Test func `a peer that does not read is given up`() throws {
        var server = LinkMachine(role: .server, streamLimit: 1)
        let message = [UInt8](repeating: 0x20, count: 1 << 20)
        for _ in 0..<3 { try server.send(message: message) }
        #expect(throws: FrameFault.backlog) { try server.send(message: message) }
        #expect(throws: FrameFault.badLength) { try server.send(message: message + [0x20]) }
    }

    /// What the next octets say.
    private func order(_ machine: inout LinkMachine, room: Int) throws -> [String] {
        var out: [UInt8] = []
        try machine.fill(&out, room: room) { _ in }
        var decoder = FrameDecoder()
        var buffer = ByteBuffer(out)
        var frames: [String] = []
        while let frame = try decoder.next(from: &buffer) { frames.append("\(frame.kind) \(frame.stream)") }
        return frames
    }
}

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
    mutating func exchange(room: Int = .max / 2) throws(FrameFault) -> (atClient: [LinkMachine.Event], atServer: [LinkMachine.Event]) {
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
}

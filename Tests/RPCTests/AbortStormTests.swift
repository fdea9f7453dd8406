import Bytes
import Glibc
import Platform
import Synchronization
import Testing

@testable import Messages
@testable import RPC

/// Streams that end at random points under load. Every octet of a body is the number of its stream, so one that
/// strays shows.
@Suite(.timeLimit(.minutes(5))) struct AbortStormTests {
    /// The long run does all of them: 13 s of an idle core in a debug build, far more beside everything else.
    static let streams = unsafe getenv("CLOAKROOM_LONG") == nil ? 25_000 : 100_000
    static let tasks = 64

    @Test func `no octet reaches another stream, and no credit is lost`() async throws {
        let strays = Recorder<UInt32>()
        let pair = try await Pair(
            Answering<EdgeWorker>(stream: { stream in
                guard case .head(let head) = try? await stream.receive() else { return }
                var storm = Storm(Self.number(head), seed: 1)
                try? await stream.send(head: head)
                if await !storm.answer(stream) { strays.record(storm.number) }
            }))
        await Self.run(pair, strays)
        #expect(strays.values == [])
        // One connection all the time, and nothing left in it.
        #expect(await pair.client.epoch == 1)
        await settle(pair)
        await expectEmpty(pair)
        await pair.stop()
    }

    private static func run(_ pair: Pair<EdgeWorker>, _ strays: Recorder<UInt32>) async {
        let numbers = Numbers()
        let client = pair.client
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask(executorPreference: pair.clientThread.loop) {
                    while let number = numbers.next(below: streams) {
                        if await !run(number, client) { strays.record(number) }
                    }
                }
            }
        }
    }

    /// One stream of the client; false when something strayed.
    private static func run(_ number: UInt32, _ client: RPCClient<EdgeWorker>) async -> Bool {
        guard let stream = try? await client.open(head: head(number)) else { return false }
        var sender = Storm(number, seed: 2)
        var reader = Storm(number, seed: 3)
        async let sending: Void = sender.send(stream)
        let isOurs = await reader.read(stream)
        await sending
        return isOurs
    }

    static func head(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

    static func number(_ head: [UInt8]) -> UInt32 { head.reduce(0) { $0 << 8 | UInt32($1) } }

    /// One more exchange goes through whole, in both directions, after everything that was under way has ended.
    private func settle(_ pair: Pair<EdgeWorker>) async {
        while await !(pair.client.machine?.streams.isEmpty ?? true) { await Task.yield() }
        while await pair.server.isServing { await Task.yield() }
    }

    private func expectEmpty(_ pair: Pair<EdgeWorker>) async {
        let machines = await [pair.client.machine].compactMap(\.self) + pair.server.machines
        #expect(machines.count == 2)
        for machine in machines {
            #expect(machine.streams.isEmpty)
            #expect(machine.live == 0)
            #expect(machine.pool.reserved == 0)
            #expect(machine.highest == UInt32(Self.streams))
        }
    }
}

extension RPCClient {
    fileprivate var machine: LinkMachine? { current?.machine }
}

extension RPCServer {
    fileprivate var machines: [LinkMachine] { links.values.map(\.link.machine) }
    fileprivate var isServing: Bool { links.values.contains { $0.link.running > 0 } }
}

/// Numbers from 0, each once.
final class Numbers: Sendable {
    private let value = Atomic<UInt32>(0)

    func next(below limit: Int) -> UInt32? {
        let number = value.wrappingAdd(1, ordering: .relaxed).oldValue
        return number < limit ? number : nil
    }
}

/// A seeded generator (SplitMix64).
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// What one end does with a stream: sends and receives pieces, and goes away when chance says so.
struct Storm {
    let number: UInt32
    var generator: Generator

    init(_ number: UInt32, seed: UInt64) {
        self.number = number
        generator = Generator(state: UInt64(number) << 8 | seed)
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    private mutating func piece() -> [UInt8] {
        [UInt8](repeating: mark, count: Int.random(in: 1...30_000, using: &generator))
    }

    private var mark: UInt8 { UInt8(number % 251) }

    /// The client's body: some pieces, and then its end, or the end of everything.
    mutating func send(_ stream: RPCStream) async {
        for _ in 0..<Int.random(in: 0..<5, using: &generator) {
            guard (try? await stream.send(piece())) != nil else { return }
        }
        if chance(3) { stream.abort(Abort(.cancelled)) } else { await stream.finish() }
    }

    /// The client's reading: some parts, and then enough of it. False when a part of another stream came.
    mutating func read(_ stream: RPCStream) async -> Bool {
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            guard let part = try? await stream.receive(), part != .end else { return true }
            if !isOurs(part) { return false }
        }
        stream.abort(Abort(.cancelled))
        return true
    }

    /// The server: answers piece by piece, unless it loses interest.
    mutating func answer(_ stream: RPCStream) async -> Bool {
        while let part = try? await stream.receive() {
            if !isOurs(part) { return false }
            if part == .end {
                await stream.finish()
                return true
            }
            if chance(10) { return true }
            if chance(10) { stream.abort(Abort(.upstreamFailed)) }
            try? await stream.send(piece())
        }
        return true
    }

    private func isOurs(_ part: StreamPart) -> Bool {
        switch part {
        case .head(let head): return head == AbortStormTests.head(number)
        case .end: return true
        case .body(let body):
            let expected = [UInt8](repeating: mark, count: body.count)
            return unsafe memcmp(body, expected, body.count) == 0
        }
    }
}

import Bytes
import Glibc
import JSON
import Platform
import Testing

@testable import Operations

/// A part that says in the log what happens to it, and whether that was on its own loop.
private actor Part: Service {
    private let number: Int
    private let context: ServiceContext
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe context.loop.asUnownedSerialExecutor() }
    nonisolated let drainDeadline: Duration

    init(_ number: Int, _ context: ServiceContext) {
        self.number = number
        self.context = context
        drainDeadline = .seconds(number)
    }

    func say(_ event: StaticString) {
        let isAtHome = context.loop.isCurrent && context.loops.count { $0.isCurrent } == 1
        context.log.info(event) { line in
            line.add("part", number)
            line.add("home", isAtHome)
        }
    }

    func reload(_ settings: Int) { say("took") }

    func drain() async {
        await context.loop.sleep(.milliseconds(10))
        say("drained")
    }
}

@Suite(.timeLimit(.minutes(1))) struct ServiceGroupTests {
    private let pipe = Pipe()

    /// Runs on three loops, the first of which is this thread's; answers what was logged, one word for each line.
    private func run(
        _ body: @escaping @Sendable (ServiceContext) async throws -> Void
    ) throws -> [String] {
        let group = try LoopGroup(3)
        let log = Log(service: "edge", descriptor: pipe.writer)
        log.attach(to: group.loops)
        let context = ServiceContext(
            loops: group.loops, log: log, metrics: Metrics(), invocation: Invocation(configuration: "edge.json"))
        Task(executorPreference: group.first) {
            do { try await body(context) } catch { log.info("failed") }
            group.first.stop()
        }
        group.run()
        log.info("end")
        log.finish()
        return try pipe.values(through: "\"end\"").map { line in
            let part = line["part"]?.integer.map { "\($0)" } ?? ""
            let place = line["home"]?.bool == false ? " elsewhere" : ""
            return (line["event"]?.string?.text ?? "") + part + place
        }
    }

    @Test func `every loop has a part that lives there, hears of new settings and drains`() throws {
        let said = try run { context in
            let group = try await ServiceGroup.start(context) { number, context in
                let part = Part(number, context)
                await part.say(context.loop.isCurrent ? "started" : "started_elsewhere")
                return part
            }
            #expect(group.drainDeadline == .seconds(3))
            await group.reload(1)
            await group.drain()
        }
        #expect(said.prefix(6) == ["started1", "started2", "started3", "took1", "took2", "took3"])
        #expect(said.dropFirst(6).sorted() == ["drained1", "drained2", "drained3", "end"])
    }

    @Test func `a part that cannot start is the group's failure`() throws {
        let said = try run { context in
            _ = try await ServiceGroup.start(context) { number, context in
                guard number < 2 else { throw SystemError(SystemError.addressInUse, call: "bind") }
                return Part(number, context)
            }
        }
        #expect(said == ["failed", "end"])
    }

    @Test func `one who logs on a loop waits for no other loop`() throws {
        let threads = [try LoopThread(), try LoopThread()]
        let log = Log(service: "edge", descriptor: pipe.writer)
        let (blocked, release) = (Pipe(), Pipe())
        threads[0].loop.perform {
            log.attach(to: threads.map(\.loop))
            _ = unsafe write(blocked.writer, "blocked\n", 8)
            _ = release.read(through: "go")
        }
        #expect(blocked.read(through: "blocked") == "blocked\n")
        threads[1].loop.perform { log.info("from_the_second") }
        #expect(try pipe.values(through: "\n").map { $0["event"] } == ["from_the_second"])
        _ = unsafe write(release.writer, "go\n", 3)
        for thread in threads { thread.stopAndJoin() }
        log.finish()
    }

    @Test func `lines of several loops come whole and in each loop's order`() throws {
        let log = Log(service: "edge", descriptor: pipe.writer, capacity: 4 << 20)
        let threads = try (0..<3).map { _ in try LoopThread() }
        threads[0].loop.perform { log.attach(to: threads.map(\.loop)) }
        for (place, thread) in threads.enumerated() {
            for number in 0..<500 {
                thread.loop.perform {
                    log.info("line") {
                        $0.add("loop", place); $0.add("number", number)
                    }
                }
            }
            thread.loop.perform { log.info("last") }
        }
        var lines: [JSONValue] = []
        while lines.count(where: { $0["event"] == "last" }) < 3 { lines += try pipe.values(through: "\n") }
        for place in threads.indices {
            let numbers = lines.filter { $0["loop"]?.integer == Int64(place) }.map { $0["number"]?.integer }
            #expect(numbers == (0..<500).map { Int64($0) })
        }
        for thread in threads { thread.stopAndJoin() }
        log.finish()
    }
}

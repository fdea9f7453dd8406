import Bytes
import JSON
import Platform
import Testing

@testable import Operations

/// A service that says what happens to it in the log.
private actor Recorder: Service {
    private let context: ServiceContext
    nonisolated let drainDeadline: Duration
    private let drainsForever: Bool
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, drainsForever: Bool, deadline: Duration = .zero) {
        self.context = context
        self.drainsForever = drainsForever
        drainDeadline = drainsForever ? deadline : .seconds(60)
    }

    func reload(_ settings: Int) async { context.log.info("took") { $0.add("settings", settings) } }

    func drain() async {
        context.log.info("finishing")
        if drainsForever { await context.loop.sleep(.seconds(3600)) }
    }
}

@Suite struct ServiceRunnerTests {
    private let pipe = Pipe()
    private let thread: LoopThread
    private let context: ServiceContext

    init() throws {
        thread = try LoopThread()
        let log = Log(service: "edge", descriptor: pipe.writer)
        context = ServiceContext(
            loops: [thread.loop], log: log, metrics: Metrics(), invocation: Invocation(configuration: "edge.json"))
    }

    /// Runs as the program does, in a task of the loop. What stops the loop never returns from it.
    private func onLoop(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: thread.loop, operation: body)
    }

    /// The events up to this one, which it waits for.
    private func events(through last: String) throws -> [ByteString?] {
        try pipe.values(through: "\"event\":\"\(last)\"").map { $0["event"]?.string }
    }

    private func runner(reloading: Int? = 2) -> ServiceRunner<Int> {
        ServiceRunner(context) { problems in
            if reloading == nil { problems.add(file: "edge.json", place: "$.x", "bad", hint: "mend it") }
            return reloading
        }
    }

    @Test func `it starts, takes new settings, drains and ends with 0`() throws {
        let runner = runner()
        onLoop {
            await runner.start(1) { _, context in Recorder(context, drainsForever: false) }
            await runner.received(.hangup)
            await runner.received(.terminate)
        }
        let expected: [ByteString?] = ["starting", "ready", "took", "reloaded", "draining", "finishing", "stopped"]
        #expect(try events(through: "stopped") == expected)
        thread.stopAndJoin()
        #expect(runner.exitCode.value == 0)
    }

    @Test func `bad new settings are refused and the service goes on`() throws {
        let runner = runner(reloading: nil)
        onLoop {
            await runner.start(1) { _, context in Recorder(context, drainsForever: false) }
            await runner.received(.hangup)
        }
        #expect(try events(through: "reload_refused") == ["starting", "ready", "reload_refused"])
        onLoop { await runner.received(.interrupt) }
        #expect(try events(through: "stopped") == ["draining", "finishing", "stopped"])
        thread.stopAndJoin()
    }

    @Test func `a service that does not finish is ended at its deadline`() throws {
        let runner = runner()
        onLoop {
            await runner.start(1) { _, context in Recorder(context, drainsForever: true) }
            await runner.received(.terminate)
        }
        let expected: [ByteString?] = ["starting", "ready", "draining", "finishing", "drain_incomplete"]
        #expect(try events(through: "drain_incomplete") == expected)
        thread.stopAndJoin()
        #expect(runner.exitCode.value == 0)
    }

    @Test func `an impatient second signal ends it at once`() throws {
        let runner = runner()
        onLoop {
            await runner.start(1) { _, context in Recorder(context, drainsForever: true, deadline: .seconds(3600)) }
            await runner.received(.terminate)
        }
        _ = try events(through: "finishing")
        onLoop { await runner.received(.interrupt) }
        #expect(try events(through: "stopped") == ["stopped"])
        thread.stopAndJoin()
    }

    @Test func `a failed start ends the program with 1`() throws {
        let runner = runner()
        onLoop {
            await runner.start(1) { _, _ in throw SystemError(SystemError.addressInUse, call: "bind", subject: "*:80") }
        }
        #expect(try events(through: "stopped") == ["starting", "start_failed", "stopped"])
        thread.stopAndJoin()
        #expect(runner.exitCode.value == 1)
    }

    @Test func `a signal before the service is there ends the program`() throws {
        let runner = runner()
        onLoop {
            await runner.received(.hangup)
            await runner.received(.terminate)
        }
        #expect(try events(through: "stopped") == ["stopped"])
        thread.stopAndJoin()
    }
}

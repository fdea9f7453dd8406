import Glibc
import Platform

/// A command of a program besides serving, such as `keys new`.
public struct ProgramCommand<Settings: Sendable>: Sendable {
    let words: [String]
    let parameters: [String]
    let summary: String
    let run: @Sendable (Settings, ServiceContext) async throws -> Int32

    /// A command typed as `words`. As many words must follow as `parameters` names, and `Invocation.words` holds just
    /// those. `run` does the work on the loop of the context, and answers the exit code.
    public init(
        _ words: String..., parameters: [String] = [], summary: String,
        run: @escaping @Sendable (Settings, ServiceContext) async throws -> Int32
    ) {
        self.words = words
        self.parameters = parameters
        self.summary = summary
        self.run = run
    }
}

/// One of the programs, from its command line to its exit code: 0 done, 1 configuration or start failed, 64 misuse.
///
/// ```swift
/// Program(
///     service: "worker", summary: "calls upstream APIs",
///     load: { invocation, problems in
///         Configuration.read(invocation.configuration, service: "worker", problems: problems, WorkerSettings.init)
///     },
///     start: { settings, context in try await Worker(settings, context) }
/// ).main()
/// ```
public struct Program<Settings: Sendable>: Sendable {
    let service: String
    let summary: String
    let options: [ProgramOption]
    let commands: [ProgramCommand<Settings>]
    let logLevel: @Sendable (Settings) -> LogLevel
    let loops: @Sendable (Settings) -> Int
    let load: @Sendable (Invocation, ConfigurationProblems) -> Settings?
    let start: @Sendable (Settings, ServiceContext) async throws -> any Service<Settings>

    /// The program of a `service`: `edge`, `broker` or `worker`, with `options` besides `--config`, `--check`,
    /// `--version` and `--help`. `loops` says how many loops it serves with. `load` reads all configuration files and
    /// adds what is wrong. `start` makes the service on the loop of the context; the program is ready when it returns.
    public init(
        service: String, summary: String, options: [ProgramOption] = [], commands: [ProgramCommand<Settings>] = [],
        logLevel: @escaping @Sendable (Settings) -> LogLevel = { _ in .info },
        loops: @escaping @Sendable (Settings) -> Int = { _ in 1 },
        load: @escaping @Sendable (Invocation, ConfigurationProblems) -> Settings?,
        start: @escaping @Sendable (Settings, ServiceContext) async throws -> any Service<Settings>
    ) {
        self.service = service
        self.summary = summary
        self.options = options
        self.commands = commands
        self.logLevel = logLevel
        self.loops = loops
        self.load = load
        self.start = start
    }

    /// Runs with the arguments of the process and ends it.
    public func main() -> Never { exit(run(Array(CommandLine.arguments.dropFirst()))) }

    /// Runs until the end and answers the exit code. On the main thread, before there is any other.
    public func run(_ arguments: [String]) -> Int32 {
        let defaultConfiguration = "/etc/cloakroom/\(service).json"
        switch CommandLineParser.parse(arguments, options, configuration: defaultConfiguration) {
        case .help:
            Console.output(help)
            return 0
        case .version:
            Console.output("\(name) \(Release.version)")
            return 0
        case .misuse(let reason): return misuse(reason)
        case .run(let invocation): return run(invocation)
        }
    }

    var name: String { "cloakroom-\(service)" }

    private func misuse(_ reason: String) -> Int32 {
        Console.error("\(name): \(reason); see \(name) --help")
        return 64
    }

    private func run(_ invocation: Invocation) -> Int32 {
        let command = commands.first { invocation.words.starts(with: $0.words) }
        var invocation = invocation
        if let command {
            invocation.words.removeFirst(command.words.count)
        } else if invocation.words.first == "serve" {
            invocation.words.removeFirst()
        }
        guard invocation.words.count == command?.parameters.count ?? 0 else {
            return misuse(
                command.map { "usage: \($0.usage)" } ?? "unknown command \(invocation.words.joined(separator: " "))")
        }
        do { return try run(invocation, command) } catch {
            Console.error("\(name): \(error)")
            return 1
        }
    }

    private func run(_ invocation: Invocation, _ command: ProgramCommand<Settings>?) throws(SystemError) -> Int32 {
        // Before the first secret is read.
        try ProcessHardening.apply()
        Heap.keepReserve()
        let problems = ConfigurationProblems()
        guard let settings = load(invocation, problems), problems.isEmpty else {
            for problem in problems.all { Console.error("\(problem)") }
            return 1
        }
        if invocation.check {
            Console.output("\(invocation.configuration): good")
            return 0
        }
        if let command { return try perform(command, settings, invocation) }
        return try serve(settings, invocation)
    }

    private func serve(_ settings: Settings, _ invocation: Invocation) throws(SystemError) -> Int32 {
        // Before the first thread, so that the signals are blocked in every one.
        let signals = try Signals()
        let group = try LoopGroup(loops(settings))
        let context = context(settings, invocation, group)
        let loop = context.loop
        let runner = ServiceRunner<Settings>(context) { load(invocation, $0) }
        let watch = try signals.deliver(on: loop) { signal in
            Task(executorPreference: loop) { await runner.received(signal) }
        }
        Task(executorPreference: loop) { await runner.start(settings, start) }
        group.run()
        watch.cancel()
        context.log.finish()
        return runner.exitCode.value
    }

    private func perform(
        _ command: ProgramCommand<Settings>, _ settings: Settings, _ invocation: Invocation
    ) throws(SystemError) -> Int32 {
        // Writing to a peer that has gone away is an error value, not the end; Ctrl-C still ends a command.
        signal(SIGPIPE, SIG_IGN)
        let group = try LoopGroup(1)
        let context = context(settings, invocation, group)
        let exitCode = ExitCode()
        Task(executorPreference: context.loop) {
            do { exitCode.value = try await command.run(settings, context) } catch {
                Console.error("\(name) \(command.usage): \(error)")
                exitCode.value = 1
            }
            context.loop.stop()
        }
        group.run()
        context.log.finish()
        return exitCode.value
    }

    private func context(_ settings: Settings, _ invocation: Invocation, _ group: LoopGroup) -> ServiceContext {
        let log = Log(service: service, level: logLevel(settings))
        log.attach(to: group.loops)
        return ServiceContext(loops: group.loops, log: log, metrics: Metrics(), invocation: invocation)
    }
}

extension ProgramCommand {
    /// As it is typed.
    var usage: String { (words + parameters).joined(separator: " ") }
}

import Platform

/// Runs a service from its start to its end, as signals say. It lives on the service's loop and stops it at the end.
actor ServiceRunner<Settings: Sendable> {
    typealias Start = @Sendable (Settings, ServiceContext) async throws -> any Service<Settings>

    private enum State {
        /// Can go to running, or to stopped.
        case starting
        /// Can go to draining.
        case running(any Service<Settings>)
        /// Can go to stopped.
        case draining
        case stopped
    }

    nonisolated let context: ServiceContext
    /// The program's exit code once the loop has stopped.
    nonisolated let exitCode = ExitCode()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe context.loop.asUnownedSerialExecutor() }

    private let load: @Sendable (ConfigurationProblems) -> Settings?
    private var state = State.starting
    /// Kept to the end: its parts may be let go on their loops' threads, or when those have ended.
    private var service: (any Service<Settings>)?
    private var deadline: Deadline?

    /// `load` reads the configuration again.
    init(_ context: ServiceContext, load: @escaping @Sendable (ConfigurationProblems) -> Settings?) {
        self.context = context
        self.load = load
    }

    /// Starts the service; it is ready when this returns, unless the process ends.
    func start(_ settings: Settings, _ start: Start) async {
        context.log.info("starting") { $0.add("version", Release.version) }
        do {
            let service = try await start(settings, context)
            self.service = service
            guard case .starting = state else { return }
            state = .running(service)
            context.log.info("ready")
        } catch {
            context.log.error("start_failed") { $0.add("reason", "\(error)") }
            Console.error("\(context.invocation.configuration): \(error)")
            exitCode.value = 1
            stop()
        }
    }

    func received(_ signal: Signal) async {
        switch (signal, state) {
        case (.hangup, .running(let service)): await reload(service)
        case (.hangup, _): break
        case (_, .running(let service)): await drain(service)
        // No service yet, or someone is impatient.
        case (_, .starting), (_, .draining), (_, .stopped): stop()
        }
    }

    private func reload(_ service: any Service<Settings>) async {
        let problems = ConfigurationProblems()
        guard let settings = load(problems), problems.isEmpty else {
            for problem in problems.all {
                context.log.error("reload_refused") { $0.add("problem", problem.description) }
            }
            return
        }
        await service.reload(settings)
        context.log.info("reloaded")
    }

    private func drain(_ service: any Service<Settings>) async {
        state = .draining
        context.log.info("draining")
        let deadline = Deadline(context.loop) { [context] in
            context.log.warning("drain_incomplete")
            context.loop.stop()
        }
        deadline.arm(after: service.drainDeadline)
        self.deadline = deadline
        await service.drain()
        deadline.disarm()
        stop()
    }

    private func stop() {
        if case .stopped = state { return }
        state = .stopped
        context.log.info("stopped")
        context.loop.stop()
    }
}

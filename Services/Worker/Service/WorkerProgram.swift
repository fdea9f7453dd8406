public import Operations

/// `cloakroom-worker`.
public enum WorkerProgram {
    public static var program: Program<WorkerConfiguration> {
        Program(
            service: "worker", summary: "API calls with the user's token", loops: { $0.loops },
            load: { invocation, problems in WorkerConfiguration.read(invocation.configuration, problems: problems) },
            start: { settings, context in try await WorkerService.start(settings, context) })
    }
}

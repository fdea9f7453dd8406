import Platform

/// A service that is the same on every loop of its process: one part for each, which lives there and shares nothing
/// with the others that a request would touch.
public struct ServiceGroup<Part: Service>: Service {
    /// In the order of the loops.
    public let parts: [Part]

    /// Starts the parts one after the other. `start` gets the number of its part, from 1 on, and runs on its loop.
    public static func start(
        _ context: ServiceContext, _ start: @escaping @Sendable (Int, ServiceContext) async throws -> Part
    ) async throws -> ServiceGroup {
        var parts: [Part] = []
        for loop in context.loops {
            let number = parts.count + 1
            parts.append(
                try await Task(executorPreference: loop) { try await start(number, context.on(loop)) }.value)
        }
        return ServiceGroup(parts: parts)
    }

    public func reload(_ settings: Part.Settings) async {
        for part in parts { await part.reload(settings) }
    }

    /// All at the same time.
    public func drain() async {
        await withTaskGroup { group in
            for part in parts { group.addTask { await part.drain() } }
        }
    }

    public var drainDeadline: Duration { parts.map(\.drainDeadline).max() ?? .zero }
}

internal import Bytes
public import Operations
internal import Postgres

/// `cloakroom-broker`: the service, and the operator's commands.
public enum BrokerProgram {
    /// Serves, or runs the command that the arguments name.
    public static var program: Program<BrokerConfiguration> {
        Program(
            service: "broker", summary: "logins, sessions and tokens",
            commands: [
                ProgramCommand("migrate", summary: "bring the database's schema up to this release") {
                    settings, context in
                    try migrate(settings, context)
                },
                ProgramCommand("keys", "new", summary: "make a key ring where there is none") { settings, context in
                    try makeKeys(settings, context)
                },
            ],
            load: { invocation, problems in load(invocation, problems) },
            start: { settings, context in try await BrokerService.start(settings, context) })
    }

    private static func load(
        _ invocation: Invocation, _ problems: ConfigurationProblems
    ) -> BrokerConfiguration? {
        let settings = BrokerConfiguration.read(invocation.configuration, problems: problems)
        if invocation.check, let settings { checkRing(settings, invocation, problems) }
        return settings
    }

    /// Looks at the ring before the start does. A command such as `keys new` has to go on without.
    private static func checkRing(
        _ settings: BrokerConfiguration, _ invocation: Invocation, _ problems: ConfigurationProblems
    ) {
        do throws(KeyRingError) { _ = try KeyRing(path: settings.keyRing) } catch {
            let file = invocation.configuration.split(separator: "/").last.map(String.init) ?? ""
            problems.add(
                file: file, place: "$.keys.file", "\(error)", hint: "the broker does not start without its ring")
        }
    }

    private static func migrate(_ settings: BrokerConfiguration, _ context: ServiceContext) throws -> Int32 {
        guard let owner = settings.owner else { throw CommandError.noOwner }
        let applied = try Migrations.migrate(owner, runtime: ByteString(settings.postgres.user))
        context.log.info("migrated") { line in
            line.add("applied", applied.count)
            line.add("version", Migrations.all.last?.version ?? 0)
        }
        return 0
    }

    private static func makeKeys(_ settings: BrokerConfiguration, _ context: ServiceContext) throws -> Int32 {
        let ring = try KeyRing.create(path: settings.keyRing)
        context.log.info("key_ring_made") { line in
            line.add("file", settings.keyRing)
            line.add("active", ring.active)
        }
        return 0
    }
}

private enum CommandError: Error, CustomStringConvertible {
    case noOwner

    var description: String {
        "broker.json: $.postgres.owner: missing — migrations need the role that owns the schema: "
            + "{\"user\": \"cloakroom_owner\", \"password\": {\"file\": \"…\"}}"
    }
}

internal import Bytes
internal import OAuth
public import Operations
internal import Platform
internal import Postgres

/// What `broker.json` says.
public struct BrokerConfiguration: Sendable {
    /// The name of this unit among those that share the database.
    var unit: ByteString
    var edgeSocket: String
    var workerSocket: String
    /// The uids that may connect as edges.
    var edges: Set<UInt32>
    var workers: [WorkerPeer]
    var postgres: PostgresConfiguration
    /// For migrations: the role that owns the schema.
    var owner: PostgresConfiguration?
    var keyRing: String
    var providers: [ProviderConfiguration]
    var targets: [Target]
    /// The claims that a frontend may see.
    var claims: [ByteString]
    var session: SessionLimits
    /// The authorities that sign the providers' certificates; nil means the system's.
    var authorities: String?
    /// How long exchanges may go on after a request to stop.
    var drain: Duration
}

/// A worker's uid, and the targets it may have tokens of.
struct WorkerPeer: Sendable {
    var uid: UInt32
    /// `*` means all.
    var targets: [ByteString]

    func mayUse(_ target: ByteString) -> Bool { targets.contains("*") || targets.contains(target) }
}

/// What an access token is for.
struct Target: Sendable {
    var name: ByteString
    var provider: ByteString
    /// The API the token is meant for (RFC 8707), if the provider tells APIs apart.
    var resource: ByteString?
    /// Narrows the token; none means all that the login was granted.
    var scopes: [ByteString]
    /// The claims of the user that the worker learns, to authorize by.
    var claims: [ByteString]
}

/// How long sessions live.
struct SessionLimits: Sendable {
    /// Without a request.
    var idle: Duration
    /// At all.
    var absolute: Duration
}

extension BrokerConfiguration {
    /// Reads the file; nil, with all that is wrong in `problems`, when it cannot be used.
    public static func read(_ path: String, problems: ConfigurationProblems) -> BrokerConfiguration? {
        let configuration = Configuration.read(path, service: "BROKER", problems: problems) { reader in
            BrokerConfiguration(reader)
        }
        return problems.isEmpty ? configuration : nil
    }

    private init(_ reader: ConfigurationReader) {
        unit = reader.string("unit", default: "unit")
        (edgeSocket, workerSocket) = reader.section("sockets") { sockets in
            (
                sockets.path("edge", default: "/run/cloakroom/edge-broker/broker.sock"),
                sockets.path("worker", default: "/run/cloakroom/worker-broker/broker.sock")
            )
        }
        (edges, workers) = reader.section("peers") { peers in
            let edges = peers.values("edge", .uid, atLeast: 1)
            let workers = peers.list("worker", atLeast: 1) { worker in
                WorkerPeer(uid: worker.value("uid", .uid), targets: worker.values("targets", .string, atLeast: 1))
            }
            return (Set(edges), workers)
        }
        (postgres, owner) = reader.section("postgres") { $0.databases() }
        keyRing = reader.section("keys") { $0.path("file") }
        providers = reader.list("providers", atLeast: 1) { ProviderConfiguration($0) }
        targets = reader.list("targets") { Target($0) }
        claims = reader.values("claims", .string, default: ["sub", "name", "preferred_username", "email"])
        session = reader.section("session") { session in
            SessionLimits(
                idle: session.duration("idle", default: .seconds(1800), in: .seconds(1) ... .seconds(86_400 * 30)),
                absolute: session.duration(
                    "absolute", default: .seconds(28_800), in: .seconds(1) ... .seconds(86_400 * 90)))
        }
        authorities = reader.optionalPath("ca_file")
        drain = reader.duration("drain", default: .seconds(10), in: .zero ... .seconds(300))
        checkReferences(reader)
    }

    private func checkReferences(_ reader: ConfigurationReader) {
        if session.idle > session.absolute {
            reader.problem(
                "session", "`idle` is longer than `absolute`", hint: "an idle session ends at the latest then")
        }
        if Set(providers.map(\.name)).count != providers.count {
            reader.problem("providers", "two have the same name", hint: "names tell them apart")
        }
        if Set(targets.map(\.name)).count != targets.count {
            reader.problem("targets", "two have the same name", hint: "routes choose by name")
        }
        if Set(workers.map(\.uid)).count != workers.count {
            reader.problem("peers", "two workers have the same uid", hint: "name all targets of a uid in one place")
        }
        for target in targets where !providers.contains(where: { $0.name == target.provider }) {
            reader.problem(
                "targets", "\(target.name) names the provider \(target.provider), which is not there",
                hint: "use one of " + providers.map(\.name.text).joined(separator: ", "))
        }
        for worker in workers {
            for name in worker.targets where name != "*" && !targets.contains(where: { $0.name == name }) {
                reader.problem("peers", "the target \(name) is not there", hint: "name one of `targets`, or \"*\"")
            }
        }
        // All services under one uid, this one's too, is how they are tried out.
        let own = ProcessHardening.identity.uid
        if workers.contains(where: { edges.contains($0.uid) && ($0.uid != own || own == 0) }) {
            reader.problem("peers", "an edge and a worker share a uid", hint: "give each service a uid of its own")
        }
    }
}

extension Target {
    init(_ reader: ConfigurationReader) {
        name = reader.string("name")
        provider = reader.string("provider")
        _ = reader.choice("kind", default: TargetKind.user)
        resource = reader.optional("resource", .string)
        scopes = reader.values("scopes", .string)
        claims = reader.values("claims", .string, default: ["sub"])
    }
}

/// Whose token a target's is.
enum TargetKind: String, CaseIterable {
    /// The signed-in user's.
    case user
}

extension ConfigurationReader {
    /// The runtime role's connection, and the owner's for migrations.
    fileprivate func databases() -> (PostgresConfiguration, PostgresConfiguration?) {
        let host = string("host", default: "/var/run/postgresql").text
        let port = UInt16(clamping: integer("port", default: 5432, in: 1...65535))
        let encryption: PostgresConfiguration.Encryption =
            optionalPath("ca_file").map { .verified(authorities: $0) } ?? .none
        if encryption == .none, !host.hasPrefix("/"), SocketAddress("\(host):\(port)")?.isLoopback != true {
            if host.contains("/") {
                problem("host", "no absolute path", hint: "write the folder of the socket from / on")
            } else {
                problem("ca_file", "missing", hint: "a database on another host is reached over verified TLS only")
            }
        }
        var runtime = PostgresConfiguration(
            host: host, port: port, database: string("database", default: "cloakroom").text,
            user: string("user", default: "cloakroom_runtime").text, password: optionalSecret("password"),
            encryption: encryption)
        runtime.connections = integer("connections", default: 2, in: 1...32)
        let owner = optionalSection("owner") { section in
            var owner = runtime
            owner.user = section.string("user", default: "cloakroom_owner").text
            owner.password = section.optionalSecret("password")
            return owner
        }
        return (runtime, owner)
    }
}

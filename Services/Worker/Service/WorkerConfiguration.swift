internal import Bytes
public import Operations
internal import Platform
internal import Session

/// What `worker.json` and the `routes.json` it names say.
public struct WorkerConfiguration: Sendable {
    /// How many loops the process has, one thread each.
    var loops: Int
    /// Where edges connect to the first loop.
    var edgeSocket: String
    var brokerSocket: String
    /// The uids that may connect as edges.
    var edges: Set<UInt32>
    /// The uid that must be at the other end of the broker's socket.
    var broker: UInt32
    var routes: Routes
    /// A PEM file with the only authorities to trust for upstreams; nil means the system's.
    var authorities: String?
    /// How long exchanges may go on after a request to stop.
    var drain: Duration
}

extension WorkerConfiguration {
    /// Reads the files; nil, with all that is wrong in `problems`, when they cannot be used.
    public static func read(_ path: String, problems: ConfigurationProblems) -> WorkerConfiguration? {
        let configuration = Configuration.read(path, service: "WORKER", problems: problems) { reader in
            WorkerConfiguration(reader, problems)
        }
        return problems.isEmpty ? configuration : nil
    }

    private init(_ reader: ConfigurationReader, _ problems: ConfigurationProblems) {
        loops = reader.loops()
        (edgeSocket, brokerSocket) = reader.section("sockets") { sockets in
            (
                // Edges take what ends so for a worker's socket, and nothing else.
                sockets.path("edge", ending: ".sock", default: "/run/cloakroom/edge-worker/worker.sock"),
                sockets.path("broker", default: "/run/cloakroom/worker-broker/broker.sock")
            )
        }
        let own = ProcessHardening.identity.uid
        (edges, broker) = reader.section("peers") { peers in
            (Set(peers.values("edge", .uid, default: [own], atLeast: 1)), peers.value("broker", .uid, default: own))
        }
        authorities = reader.section("upstream") { $0.authorities() }
        drain = reader.duration("drain", default: .seconds(20), in: .zero ... .seconds(300))
        routes = RoutesFile.read(reader.path("routes", default: "/etc/cloakroom/routes.json"), problems)
    }
}

extension WorkerConfiguration {
    /// Where edges connect to a loop: `worker.sock`, `worker-2.sock`, and so on. To them each is a worker of its own.
    func edgeSocket(loop number: Int) -> String {
        number == 1 ? edgeSocket : "\(edgeSocket.dropLast(".sock".count))-\(number).sock"
    }
}

extension ConfigurationReader {
    /// A file that cannot be read would show with the first call only.
    fileprivate func authorities() -> String? {
        guard let path = optionalPath("ca_file") else { return nil }
        do throws(SystemError) { _ = try FileContents.read(path, limit: 16 << 20) } catch {
            problem("ca_file", "cannot be read: \(error)", hint: "name a PEM file that this user may read, or null")
        }
        return path
    }
}

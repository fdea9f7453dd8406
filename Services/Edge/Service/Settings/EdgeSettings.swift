internal import Bytes
internal import HTTP
internal import HTTPServer
internal import Operations
internal import Platform
internal import Session

/// What `edge.json` and `routes.json` say.
public struct EdgeSettings: Sendable {
    let listen: SocketAddress
    /// Where `/healthz`, `/readyz` and `/metrics` are.
    let operations: SocketAddress
    let brokerSocket: String
    let brokerUID: UInt32
    let workerDirectory: String
    let workerUIDs: Set<UInt32>
    /// How many loops the process has, one thread each.
    let loops: Int
    /// Of one loop: all together take no more connections than the file allows.
    let connections: HTTPServerLimits
    let limits: EdgeLimits
    let proxies: TrustedProxies
    let logLevel: LogLevel
    let tables: EdgeTables

    /// Reads both files and notes everything that is wrong with them.
    static func read(_ invocation: Invocation, _ problems: ConfigurationProblems) -> EdgeSettings? {
        let isDevelopment = invocation.flags.contains("dev")
        let settings = Configuration.read(invocation.configuration, service: "edge", problems: problems) { reader in
            EdgeSettings(reader, problems, isDevelopment: isDevelopment)
        }
        return problems.isEmpty ? settings : nil
    }

    private init(_ reader: ConfigurationReader, _ problems: ConfigurationProblems, isDevelopment: Bool) {
        let own = ProcessHardening.identity.uid
        listen = reader.address("listen", default: .v4([127, 0, 0, 1], port: 8080))
        operations = reader.address("operations", default: .v4([127, 0, 0, 1], port: 9101))
        (brokerSocket, workerDirectory) = reader.section("sockets") { sockets in
            (
                sockets.path("broker", default: "/run/cloakroom/edge-broker/broker.sock"),
                sockets.path("workers", default: "/run/cloakroom/edge-worker")
            )
        }
        (brokerUID, workerUIDs) = reader.section("peers") { peers in
            (
                peers.value("broker", .uid, default: own),
                Set(peers.values("worker", .uid, default: [own], atLeast: 1))
            )
        }
        let loops = reader.loops()
        self.loops = loops
        proxies = reader.section("proxies") { $0.proxies() }
        (connections, limits) = reader.section("limits") { [proxies] in
            ($0.httpServerLimits(proxies, loops), $0.edgeLimits())
        }
        logLevel = reader.choice("log_level", default: .info)
        let csrf = reader.csrfHeader()
        let routes = reader.routes(problems)
        let frontends = reader.list("frontends", atLeast: 1) { entry in
            entry.frontend(csrf, routes, isDevelopment: isDevelopment)
        }
        reader.checkUniqueness(of: frontends.compactMap(\.self))
        if isDevelopment, !listen.isLoopback {
            reader.problem("listen", "--dev is for this machine alone", hint: "listen on 127.0.0.1, or leave --dev out")
        }
        tables = EdgeTables(frontends: frontends.compactMap(\.self), routes: routes)
    }
}

extension ConfigurationReader {
    fileprivate func httpServerLimits(_ proxies: TrustedProxies, _ loops: Int) -> HTTPServerLimits {
        var limits = HTTPServerLimits()
        // The router refuses it wherever no route wants it.
        limits.http.encodedSlash = .keep
        limits.connections = integer("connections", default: limits.connections, in: 1...1_000_000)
        // Half of all, so that nobody can have all alone.
        limits.connectionsPerClient = integer(
            "connections_per_client", default: max(1, limits.connections / 2), in: 1...limits.connections)
        limits.proxies = proxies.networks
        if limits.connections < loops {
            problem("connections", "fewer than there are loops", hint: "allow at least \(loops), or set fewer `loops`")
        }
        limits.connections = max(1, limits.connections / loops)
        limits.idle = duration("idle", default: limits.idle, in: .seconds(1) ... .seconds(3600))
        limits.head = duration("head", default: limits.head, in: .seconds(1) ... .seconds(60))
        limits.bodyIdle = duration("body_idle", default: limits.bodyIdle, in: .seconds(1) ... .seconds(600))
        limits.write = duration("write", default: limits.write, in: .seconds(1) ... .seconds(600))
        return limits
    }

    fileprivate func csrfHeader() -> (name: FieldName, text: ByteString) {
        let text = string("csrf_header", default: "X-CSRF")
        if let name = FieldName(text), !name.isSafelisted { return (name, text) }
        problem("csrf_header", "not usable", hint: "name a header that a form cannot send, such as \"X-CSRF\"")
        return (.xCSRF, "X-CSRF")
    }

    fileprivate func routes(_ problems: ConfigurationProblems) -> Routes {
        RoutesFile.read(path("routes", default: "routes.json"), problems)
    }

    fileprivate func checkUniqueness(of frontends: [Frontend]) {
        for (index, frontend) in frontends.enumerated() {
            for earlier in frontends[..<index] {
                if earlier.id == frontend.id {
                    problem("frontends", "two have the id \"\(frontend.id)\"", hint: "give each its own")
                }
                if earlier.origin.authority == frontend.origin.authority {
                    problem(
                        "frontends", "two have the host \(frontend.origin.authority)",
                        hint: "the host picks the frontend")
                }
            }
        }
    }
}

extension FieldName {
    /// Names that a page of another site can send without asking first (Fetch §2.2.2), or that mean something else.
    fileprivate var isSafelisted: Bool {
        let taken: [FieldName] = [
            .accept, .acceptLanguage, .contentLanguage, .contentType, .range, .cookie, .host, .origin,
        ]
        return taken.contains(self) || isHopByHop
    }
}

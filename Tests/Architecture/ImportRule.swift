/// Which module may import which. The layers exist so that what is dangerous stays small: parsers cannot do I/O,
/// the edge cannot reach the database, and nothing below knows the services.
enum ImportRule {
    /// Why a target may import what it may, and nothing else.
    struct Permission {
        let modules: Set<String>
        let reason: String
    }

    private static let pure: Set<String> = ["Bytes", "JSON", "HTTP"]
    private static let system: Set<String> = ["Glibc", "Synchronization", "Bytes", "JSON"]
    private static let protocols = system.union(["Crypto", "Platform", "Operations", "HTTP", "Messages"])
    private static let reaching = pure.union(["Session", "Messages", "Crypto", "Platform", "Operations", "RPC"])
        .union(["Glibc", "Synchronization"])
    private static let root: Set<String> = ["Operations", "Platform", "Bytes", "Glibc"]

    static let table: [String: Permission] = [
        "Bytes": .init(modules: [], reason: "the bottom: the standard library only"),
        "JSON": .init(modules: ["Bytes"], reason: "pure: bytes in, values out"),
        "HTTP": .init(modules: ["Bytes"], reason: "pure: bytes in, values out"),
        "OAuth": .init(modules: pure, reason: "pure: cryptography, clock and transport are parameters"),
        "Session": .init(modules: pure, reason: "pure: rules over values"),
        "Messages": .init(modules: pure, reason: "pure: what may be said on a socket, not how it travels"),
        "Crypto": .init(modules: system.union(["CCrypto"]), reason: "the only place that knows libcrypto"),
        "Platform": .init(modules: system.union(["CPlatform"]), reason: "the only place that knows the kernel"),
        "Operations": .init(modules: system.union(["Platform"]), reason: "what every service needs to run"),
        "RPC": .init(modules: protocols, reason: "a protocol over the system"),
        "HTTPServer": .init(modules: protocols, reason: "a protocol over the system"),
        "HTTPClient": .init(modules: protocols.union(["CCurl"]), reason: "the only place that knows libcurl"),
        "Postgres": .init(modules: protocols.union(["CPostgres"]), reason: "the only place that knows libpq"),
        "EdgeService": .init(
            modules: reaching.union(["HTTPServer"]),
            reason: "it faces the browser: no provider credentials, no database, no way out"),
        "BrokerService": .init(
            modules: reaching.union(["OAuth", "HTTPClient", "Postgres"]),
            reason: "it holds the secrets: no listener for browsers, no HTML, no proxying"),
        "WorkerService": .init(
            modules: reaching.union(["HTTPClient"]),
            reason: "it talks to upstreams: no database, no provider, no browser"),
        "edge": .init(modules: root.union(["EdgeService"]), reason: "a composition root: its own service"),
        "broker": .init(modules: root.union(["BrokerService"]), reason: "a composition root: its own service"),
        "worker": .init(modules: root.union(["WorkerService"]), reason: "a composition root: its own service"),
    ]

    /// What every target has without asking.
    private static let implicit: Set<String> = ["Swift"]

    static func violations(in files: [SourceFile]) -> [String] {
        files.flatMap { file -> [String] in
            guard let target = file.target else { return ["\(file.path): belongs to no target"] }
            guard let permission = table[target] else { return ["\(file.path): \(target) is in no layer"] }
            return file.imports.subtracting(permission.modules).subtracting(implicit).sorted().map {
                "\(file.path): \(target) may not import \($0) (\(permission.reason))"
            }
        }
    }

    /// C modules are wrapped once, so that their pitfalls are known in one place.
    static func sharedCModules(in files: [SourceFile]) -> [String] {
        var importers: [String: Set<String>] = [:]
        for file in files {
            for module in file.imports where module.first == "C" && module.dropFirst().first?.isUppercase == true {
                importers[module, default: []].insert(file.target ?? file.path)
            }
        }
        return importers.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map {
            "\($0.key) is imported by \($0.value.sorted()): one Swift target wraps a C module"
        }
    }
}

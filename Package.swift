// swift-tools-version: 6.2
// The layers, lowest first. A target imports only from lower layers; Tests/Architecture enforces the table.
import PackageDescription

/// Every Swift target is built with the same settings.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461: async code stays on its caller's loop
    .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
    .strictMemorySafety(),  // SE-0458
    .treatAllWarnings(as: .error),  // SE-0480
    // Small generic functions of lower layers are specialized where they are used: a quarter less time for each request.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func shared(_ name: String, _ dependencies: [String] = [], exclude: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .byName(name: $0) }, path: "Shared/\(name)", exclude: exclude,
        swiftSettings: swiftSettings)
}

func clang(_ name: String, libraries: [String] = []) -> Target {
    .target(name: name, path: "Shared/C/\(name)", linkerSettings: libraries.map { .linkedLibrary($0) })
}

func service(_ name: String, folder: String, _ dependencies: [String]) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .byName(name: $0) }, path: "Services/\(folder)/Service",
        swiftSettings: swiftSettings)
}

func main(_ name: String, folder: String, service: String) -> Target {
    .executableTarget(
        name: name, dependencies: [.byName(name: service), "Operations", "Platform", "Bytes"],
        path: "Services/\(folder)/Main", swiftSettings: swiftSettings,
        // Every library function is bound at the start, so that the table of their addresses can be read-only.
        linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])])
}

func tests(_ name: String, _ dependencies: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: ([name] + dependencies).map { .byName(name: $0) },
        path: "Tests/\(name)Tests", swiftSettings: swiftSettings)
}

let package = Package(
    name: "Cloakroom",
    products: [
        .executable(name: "cloakroom-edge", targets: ["edge"]),
        .executable(name: "cloakroom-broker", targets: ["broker"]),
        .executable(name: "cloakroom-worker", targets: ["worker"]),
    ],
    targets: [
        // 0: C modules, each imported by one Swift target.
        clang("CPlatform"),
        clang("CCrypto", libraries: ["crypto"]),
        clang("CPostgres", libraries: ["pq"]),
        clang("CCurl", libraries: ["curl", "ssl"]),
        // 1: pure. No I/O, no async, no clock, no randomness.
        shared("Bytes"),
        shared("JSON", ["Bytes"]),
        shared("HTTP", ["Bytes"]),
        shared("OAuth", ["Bytes", "JSON", "HTTP"]),
        shared("Session", ["Bytes", "JSON", "HTTP"]),
        shared("Messages", ["Bytes", "JSON", "HTTP"], exclude: ["Protocol.md"]),
        // 2: the system.
        shared("Crypto", ["CCrypto", "Bytes"]),
        shared("Platform", ["CPlatform", "Bytes"]),
        shared("Operations", ["Platform", "Bytes", "JSON"]),
        // 3: protocols over the system.
        shared("RPC", ["Bytes", "JSON", "Messages", "Platform"]),
        shared("HTTPServer", ["Bytes", "HTTP", "Platform"]),
        shared("HTTPClient", ["CCurl", "Bytes", "HTTP", "Platform"]),
        shared("Postgres", ["CPostgres", "Bytes", "Platform"]),
        // 4: services, which never import each other.
        service(
            "EdgeService", folder: "Edge",
            ["Bytes", "JSON", "HTTP", "Session", "Messages", "Crypto", "Platform", "Operations", "RPC", "HTTPServer"]),
        .target(
            name: "BrokerService",
            dependencies: [
                "Bytes", "JSON", "HTTP", "OAuth", "Session", "Messages", "Crypto", "Platform", "Operations", "RPC",
                "HTTPClient", "Postgres",
            ],
            path: "Services/Broker", exclude: ["Main"], sources: ["Service"],
            resources: [.embedInCode("Migrations/migration0001.sql"), .embedInCode("Migrations/grants.sql")],
            swiftSettings: swiftSettings),
        service(
            "WorkerService", folder: "Worker",
            ["Bytes", "JSON", "HTTP", "Session", "Messages", "Crypto", "Platform", "Operations", "RPC", "HTTPClient"]),
        // 5: composition roots.
        main("edge", folder: "Edge", service: "EdgeService"),
        main("broker", folder: "Broker", service: "BrokerService"),
        main("worker", folder: "Worker", service: "WorkerService"),
        // Tests.
        tests("Bytes"),
        tests("JSON", ["Bytes"]),
        tests("HTTP", ["Bytes"]),
        tests("OAuth", ["Bytes", "JSON", "HTTP", "Crypto"]),
        tests("Session", ["Bytes", "JSON", "HTTP"]),
        tests("Messages", ["Bytes", "JSON", "HTTP"]),
        tests("Crypto", ["Bytes"]),
        tests("Platform", ["Bytes"]),
        tests("Operations", ["Bytes", "JSON", "Platform"]),
        tests("RPC", ["Bytes", "JSON", "Messages", "Platform"]),
        .target(
            name: "HTTPTestSupport", dependencies: ["Platform"], path: "Tests/Support/HTTP",
            swiftSettings: swiftSettings),
        tests("HTTPServer", ["Bytes", "HTTP", "Platform", "HTTPTestSupport"]),
        .target(
            name: "ScriptedServer", dependencies: ["Bytes", "HTTPClient", "Platform"],
            path: "Tests/Support/ScriptedServer", swiftSettings: swiftSettings),
        tests("HTTPClient", ["Bytes", "HTTP", "Platform", "ScriptedServer"]),
        .target(
            name: "PostgresTestSupport", dependencies: ["Postgres", "Bytes"], path: "Tests/Support/Postgres",
            swiftSettings: swiftSettings),
        tests("Postgres", ["Bytes", "Platform", "PostgresTestSupport"]),
        tests(
            "EdgeService",
            [
                "Bytes", "JSON", "HTTP", "Session", "Messages", "Crypto", "Platform", "Operations", "RPC", "HTTPServer",
                "HTTPTestSupport",
            ]),
        tests(
            "BrokerService",
            [
                "Bytes", "JSON", "HTTP", "OAuth", "Messages", "Crypto", "Platform", "HTTPClient", "Postgres",
                "PostgresTestSupport",
            ]),
        tests(
            "WorkerService",
            [
                "Bytes", "JSON", "HTTP", "Session", "Messages", "Crypto", "Platform", "Operations", "RPC", "HTTPClient",
                "ScriptedServer",
            ]),
        .target(
            name: "FuzzTargets", dependencies: ["Bytes", "JSON", "HTTP", "Messages", "OAuth", "HTTPClient"],
            path: "Tests/Fuzz/Targets", swiftSettings: swiftSettings),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Replay", swiftSettings: swiftSettings),
        .testTarget(name: "ArchitectureTests", path: "Tests/Architecture", swiftSettings: swiftSettings),
    ]
)

// What libFuzzer drives: only Tests/Fuzz/run asks for it, because it can be linked with the sanitizer only.
if Context.environment["CLOAKROOM_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver",
            // libFuzzer has the main function.
            swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])]))
}

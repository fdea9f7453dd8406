internal import Bytes
internal import Foundation
public import Postgres
internal import Synchronization

/// A private PostgreSQL server in a scratch directory, reached through a Unix socket there. It is stopped and its
/// directory removed when this process ends, however it ends.
public final class PostgresCluster: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// The directory with the socket.
    public let directory: String
    private let binaries: String
    /// The guardian's standard input: it closes with this process.
    private let leash: Pipe
    private let databases = Mutex(0)

    /// One for all tests that do not restart it.
    public static func shared() throws -> PostgresCluster { try sharedResult.get() }

    private static let sharedResult = Result { try PostgresCluster() }

    public init() throws {
        directory = "/tmp/crpg-" + Hex.encode((0..<4).map { _ in UInt8.random(in: 0...255) }).text
        binaries = try Self.output("/usr/bin/env", ["pg_config", "--bindir"])
        try Self.asServer("/bin/mkdir", ["-m", "700", directory])
        try Self.asServer(
            binaries + "/initdb",
            ["-D", directory + "/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"])
        leash = try Self.guardian(directory, binaries)
        try start()
    }

    /// Starts the server and waits until it answers.
    public func start() throws {
        let options = "-k \(directory) -c listen_addresses='' -c fsync=off -c max_connections=200 -c shared_buffers=32MB"
        try control("start", ["-l", directory + "/log", "-o", options])
    }

    /// Stops the server; sessions are thrown out.
    public func stop() throws { try control("stop", ["-m", "fast"]) }

    /// An empty database of its own; connect as the superuser `postgres`.
    public func makeDatabase() throws -> PostgresConfiguration {
        let number = databases.withLock { count in
            count += 1
            return count
        }
        let name = "test\(number)"
        try ScriptConnection(configuration("postgres")).script("CREATE DATABASE \(name)")
        return configuration(name)
    }

    public func configuration(_ database: String) -> PostgresConfiguration {
        PostgresConfiguration(host: directory, database: database, user: "postgres")
    }

    private func control(_ action: String, _ arguments: [String]) throws {
        try Self.asServer(binaries + "/pg_ctl", ["-D", directory + "/data", "-w", "-s", action] + arguments)
    }

    // MARK: Processes

    /// The server refuses to run as root: there it is user postgres.
    private static func asServer(_ program: String, _ arguments: [String]) throws {
        guard geteuid() == 0 else { return _ = try output(program, arguments) }
        let user = ["--reuid=postgres", "--regid=postgres", "--init-groups", program]
        _ = try output("/usr/bin/setpriv", user + arguments)
    }

    /// A process that waits for this one to end, then cleans up.
    private static func guardian(_ directory: String, _ binaries: String) throws -> Pipe {
        let stop = "\(binaries)/pg_ctl -D \(directory)/data -m immediate stop"
        let asServer = geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups " : ""
        let pipe = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        process.arguments = ["sh", "-c", "cat; \(asServer)\(stop); rm -rf \(directory)"]
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return pipe
    }

    /// Runs a program in a directory that any user may enter, and returns what it wrote, without the newline.
    private static func output(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard process.terminationStatus == 0 else { throw Failure(description: "\(program) \(arguments): \(text)") }
        return text
    }
}

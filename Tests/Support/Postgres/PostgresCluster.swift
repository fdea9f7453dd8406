internal import Bytes
internal import Glibc
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
    private let databases = Mutex(0)

    /// One for all tests that do not restart it.
    public static func shared() throws -> PostgresCluster { try sharedResult.get() }

    private static let sharedResult = Result { try PostgresCluster() }

    public init() throws {
        directory = "/tmp/crpg-" + Hex.encode((0..<4).map { _ in UInt8.random(in: 0...255) }).text
        try shell("umask 022; \(asServer) mkdir -m 755 \(directory)")
        let options = "-A trust -U postgres -E UTF8 --no-sync"
        try shell("\(asServer) $(pg_config --bindir)/initdb -D \(directory)/data \(options)")
        try leash()
        try start()
    }

    /// Starts the server and waits until it answers.
    public func start() throws {
        let options = "-k \(directory) -c listen_addresses= -c fsync=off -c max_connections=1000 -c shared_buffers=32MB"
        try control("start -l \(directory)/log -o '\(options)'")
    }

    /// Stops the server; sessions are thrown out.
    public func stop() throws { try control("stop -m fast") }

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

    // MARK: Processes

    private func control(_ action: String) throws {
        try shell("\(asServer) $(pg_config --bindir)/pg_ctl -D \(directory)/data -w \(action)")
    }

    /// The server refuses to run as root: there it is user postgres.
    private var asServer: String {
        geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups" : ""
    }

    /// Lets go of what other tests have open at the moment: a server or guardian that kept the end of somebody's pipe
    /// would keep its reader waiting for the end.
    private static let alone = """
        for f in /proc/$$/fd/*; do n=${f##*/}; if [ $n -gt 2 ]; then eval "exec $n>&-"; fi; done 2>/dev/null;
        """

    private func shell(_ command: String) throws {
        let script = "\(Self.alone)\ncd / && { \(command); } </dev/null >>\(directory).out 2>&1"
        let status = unsafe system("bash -s <<'END'\n\(script)\nEND")
        guard status == 0 else { throw Failure(description: "failed, see \(directory).out: \(command)") }
    }

    /// Starts a process that waits until this one has ended, which closes its input, and then cleans up.
    private func leash() throws {
        let stop = "\(asServer) $(pg_config --bindir)/pg_ctl -D \(directory)/data -m immediate stop"
        let work = "\(Self.alone) cat; \(stop); rm -rf \(directory) \(directory).out"
        let guardian = "exec setsid bash -c '\(work)' >/dev/null 2>&1"
        // Kept open, and not inherited by the server, for as long as this process lives.
        guard unsafe popen(guardian, "we") != nil else { throw Failure(description: "no guardian can be started") }
    }
}

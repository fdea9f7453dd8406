public import Bytes

/// Where the database is, as whom to connect, and how patient to be.
public struct PostgresConfiguration: Sendable {
    /// How the connection is protected. Nothing between these two: encryption without knowing to whom is no protection.
    public enum Encryption: Sendable, Hashable {
        /// For Unix sockets and loopback addresses.
        case none
        /// TLS, with the certificate checked against the authorities in the file and against the host's name.
        case verified(authorities: String)
    }

    /// A directory with the server's Unix socket (starts with `/`), a numeric address, or a name.
    public var host: String
    public var port: UInt16
    public var database: String
    public var user: String
    public var password: Secret?
    public var encryption: Encryption
    public var applicationName = "cloakroom"

    /// Pipelined connections for single statements.
    public var connections = 2
    /// Units sent on one of them and not yet answered.
    public var depth = 64
    /// Units that wait to be sent; more are refused as `.busy`.
    public var queueLimit = 2048
    /// How long a unit may take in all, unless the call says otherwise.
    public var timeout: Duration = .seconds(5)
    /// The server gives up a statement after this, and a connection that stays silent 2 s longer is closed.
    public var statementTimeout: Duration = .seconds(5)
    /// The server gives up waiting for a lock after this.
    public var lockTimeout: Duration = .seconds(2)
    public var connectTimeout: Duration = .seconds(5)
    public var backoff = Backoff()

    public init(
        host: String, port: UInt16 = 5432, database: String, user: String, password: Secret? = nil,
        encryption: Encryption = .none
    ) {
        self.host = host
        self.port = port
        self.database = database
        self.user = user
        self.password = password
        self.encryption = encryption
    }
}

extension PostgresConfiguration {
    var isLocal: Bool { host.utf8.first == UInt8(ascii: "/") }

    /// libpq's parameters. `addresses`: what the host's name stands for, because libpq would resolve it blocking.
    func parameters(addresses: [String]) -> [(name: String, value: [UInt8])] {
        var list: [(String, String)] = [
            ("host", ([host] + addresses.dropFirst().map { _ in host }).joined(separator: ",")),
            ("port", String(port)), ("dbname", database), ("user", user), ("application_name", applicationName),
            ("client_encoding", "UTF8"), ("gssencmode", "disable"), ("options", options),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", String(statementTimeout.microseconds / 1000 + 2000)),
        ]
        if !addresses.isEmpty { list.append(("hostaddr", addresses.joined(separator: ","))) }
        switch encryption {
        case .none: list.append(("sslmode", "disable"))
        case .verified(let authorities): list += [("sslmode", "verify-full"), ("sslrootcert", authorities)]
        }
        let secret = password.map { [("password", $0.reveal())] } ?? []
        return list.map { ($0.0, Array($0.1.utf8)) } + secret
    }

    /// Settings of the server-side session. Parameters stay out of the server's log; names are always qualified.
    private var options: String {
        let milliseconds = { (duration: Duration) in String(duration.microseconds / 1000) }
        return [
            "statement_timeout=" + milliseconds(statementTimeout), "lock_timeout=" + milliseconds(lockTimeout),
            "idle_in_transaction_session_timeout=10000", "search_path=pg_catalog", "TimeZone=UTC", "jit=off",
            "log_parameter_max_length_on_error=0",
        ].map { "-c \($0)" }.joined(separator: " ")
    }
}

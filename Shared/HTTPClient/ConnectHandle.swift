internal import Bytes
internal import CCurl
internal import Glibc
internal import Platform

/// What all connections of a client have in common.
struct ConnectOptions {
    /// Path of a PEM file with the only CAs to trust; nil means the system's.
    var caFile: String?
    /// After how many idle seconds libcurl may drop a connection that it holds (CURLOPT_MAXAGE_CONN).
    var maxAge = 118
}

/// One libcurl handle with the connection it makes. Letting go of it closes the connection, if it still has it.
@safe final class ConnectHandle {
    let connector: Connector
    let easy: OpaquePointer
    private let policy: AddressPolicy
    private var refused: [UInt8]?
    private var attempted = false
    private var result: CURLcode?
    private var waiter: UnsafeContinuation<Void, Never>?

    init?(
        _ origin: Origin, _ policy: AddressPolicy, _ options: ConnectOptions, timeout: Duration, _ connector: Connector
    ) {
        guard let easy = unsafe curl_easy_init() else { return nil }
        unsafe self.easy = easy
        self.connector = connector
        self.policy = policy
        guard setOptions(origin, options, timeout) else { return nil }
    }

    deinit {
        unsafe connector.remove(easy)
        unsafe curl_easy_cleanup(easy)
    }

    static func of(_ easy: OpaquePointer) -> ConnectHandle? {
        unsafe cloakroom_curl_private(easy).map { unsafe Unmanaged<ConnectHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Options

    private func setOptions(_ origin: Origin, _ options: ConnectOptions, _ timeout: Duration) -> Bool {
        let scheme = origin.scheme == .http ? "http" : "https"
        let longs: [(CURLoption, Int)] = [
            (CURLOPT_CONNECT_ONLY, 1), (CURLOPT_FRESH_CONNECT, 1), (CURLOPT_NOSIGNAL, 1),
            // A pending name lookup is left behind instead of waited for.
            (CURLOPT_QUICK_EXIT, 1),
            (CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: max(timeout.milliseconds, 1))),
            (CURLOPT_MAXAGE_CONN, options.maxAge),
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
            // The rest is libcurl's to leave alone: it only connects.
            (CURLOPT_PATH_AS_IS, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_NETRC, 0),
        ]
        var strings: [(CURLoption, String)] = [
            (CURLOPT_URL, "\(scheme)://\(origin.host.text):\(origin.port)/"), (CURLOPT_PROTOCOLS_STR, scheme),
            // Empty: no proxy, whatever the environment says.
            (CURLOPT_PROXY, ""),
        ]
        if let caFile = options.caFile { strings.append((CURLOPT_CAINFO, caFile)) }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let codes =
            unsafe longs.map { unsafe cloakroom_curl_set_long(easy, $0.0, $0.1) }
            + strings.map { unsafe cloakroom_curl_set_string(easy, $0.0, $0.1) }
            + [cloakroom_curl_set_pointer(easy, CURLOPT_PRIVATE, context)]
            + [cloakroom_curl_set_open(easy, openSocket, context)]
            + [origin.scheme == .https ? cloakroom_curl_set_strict_end(easy) : CURLE_OK]
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    /// The socket for a resolved address, unless the policy refuses it.
    fileprivate func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        var octets = [UInt8](repeating: 0, count: 16)
        octets.removeLast(16 - Int(unsafe cloakroom_curl_octets(address, &octets)))
        guard policy.permits(octets) else {
            refused = octets
            return CURL_SOCKET_BAD
        }
        attempted = true
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        return unsafe socket(address.pointee.family, address.pointee.socktype | flags, address.pointee.protocol)
    }

    // MARK: Connecting

    func connected(through multi: OpaquePointer) async -> CURLcode {
        guard unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else { return CURLE_FAILED_INIT }
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            // Outside an actor the task may get here a turn later.
            if result != nil { unsafe continuation.resume() } else { unsafe waiter = continuation }
        }
        return result ?? CURLE_FAILED_INIT
    }

    func finished(_ code: CURLcode) {
        result = code
        unsafe waiter?.resume()
        unsafe waiter = nil
    }

    /// A plain connection on a descriptor of our own; libcurl forgets it with this handle.
    func takeSocket() throws(SystemError) -> SocketStream {
        let descriptor = try FileDescriptor(duplicating: unsafe cloakroom_curl_socket(easy))
        return try SocketStream(connector.loop, adopting: descriptor)
    }

    func error(_ code: CURLcode) -> HTTPClientError {
        HTTPClientError(.connect, kind(code), sent: false, unsafe String(cString: curl_easy_strerror(code)))
    }

    private func kind(_ code: CURLcode) -> HTTPClientError.Kind {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_COULDNT_RESOLVE_HOST: .unresolved
        case CURLE_COULDNT_CONNECT: refused != nil && !attempted ? .addressRefused : .unreachable
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: .untrusted
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM: .tls
        default: .unreachable
        }
    }
}

private func openSocket(
    _ context: UnsafeMutableRawPointer, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>
) -> curl_socket_t {
    unsafe Unmanaged<ConnectHandle>.fromOpaque(context).takeUnretainedValue().open(UnsafePointer(address))
}

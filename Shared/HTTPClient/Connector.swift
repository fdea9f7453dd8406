internal import CCurl
internal import Glibc
internal import Platform

/// Makes connections with libcurl, which resolves the name, tries the addresses, and verifies TLS; the octets after
/// that are ours. One multi handle, driven by the loop. For one loop's thread.
///
/// - libcurl drops idle connections of this kind when it makes new ones, and descriptor numbers come again: a plain
///   connection is duplicated and taken away from libcurl at once, and a TLS one stays with its handle.
/// - Sockets are watched anew after each event, so that libcurl may leave something unread for the next call.
@safe final class Connector: EndOfTurn {
    let loop: Loop
    let options: ConnectOptions
    /// Where TLS connections are read into.
    var scratch = [UInt8](repeating: 0, count: TLSTransport.recordSize)
    /// Send buffers that no TLS connection needs at the moment.
    var spareRecords: [TLSRecord] = []

    private let multi: OpaquePointer
    private var watched: [curl_socket_t: Watched] = [:]
    private var timer: Deadline?
    private var actRequested = false

    private struct Watched {
        let watch: Watch
        let interest: Int32
    }

    init(_ loop: Loop, _ options: ConnectOptions) throws(SystemError) {
        self.loop = loop
        self.options = options
        guard Self.isInitialized, let multi = unsafe curl_multi_init() else {
            throw SystemError(ENOMEM, call: "curl_multi_init")
        }
        unsafe self.multi = multi
        timer = Deadline(loop) { [unowned self] in self.act(CURL_SOCKET_BAD, 0) }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe cloakroom_curl_set_callbacks(multi, interestChanged, timerChanged, context)
    }

    deinit {
        timer?.disarm()
        for entry in watched.values { entry.watch.cancel() }
        unsafe curl_multi_cleanup(multi)
    }

    private static let isInitialized: Bool = {
        // libcurl would write the keys of all connections into the file that it names.
        unsafe unsetenv("SSLKEYLOGFILE")
        return curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    }()

    /// Connects, and verifies where the scheme says so. The deadline covers all of it, the name's resolution too.
    func connect(
        to origin: Origin, policy: AddressPolicy, timeout: Duration
    ) async throws(HTTPClientError) -> any Transport {
        guard let handle = ConnectHandle(origin, policy, options, timeout: timeout, self) else {
            throw HTTPClientError(.connect, .unreachable, sent: false, "libcurl refused the options")
        }
        let code = unsafe await handle.connected(through: multi)
        guard code == CURLE_OK else { throw handle.error(code) }
        do throws(SystemError) {
            return try origin.scheme == .http ? handle.takeSocket() : TLSTransport(handle)
        } catch {
            throw HTTPClientError(.connect, .unreachable, sent: false, "\(error)")
        }
    }

    /// Takes a handle out; what it still had is closed.
    func remove(_ easy: OpaquePointer) { unsafe curl_multi_remove_handle(multi, easy) }

    // MARK: Driving libcurl

    func endOfTurn() {
        actRequested = false
        act(CURL_SOCKET_BAD, 0)
    }

    /// Tells libcurl of an event; CURL_SOCKET_BAD, which is CURL_SOCKET_TIMEOUT, stands for the timer.
    private func act(_ socket: curl_socket_t, _ events: Int32) {
        var running: Int32 = 0
        _ = unsafe curl_multi_socket_action(multi, socket, events, &running)
        var code = CURLE_OK
        while let easy = unsafe cloakroom_curl_finished(multi, &code) {
            unsafe ConnectHandle.of(easy)?.finished(code)
        }
    }

    fileprivate func setTimer(_ milliseconds: Int) {
        if milliseconds < 0 {
            timer?.disarm()
        } else if milliseconds == 0 {
            // Not from inside libcurl's own call.
            guard !actRequested else { return }
            actRequested = true
            loop.atEndOfTurn(self)
        } else {
            timer?.arm(after: .milliseconds(milliseconds))
        }
    }

    fileprivate func setInterest(_ socket: curl_socket_t, _ interest: Int32) {
        watched.removeValue(forKey: socket)?.watch.cancel()
        guard interest != CURL_POLL_REMOVE else { return }
        let watch = try? Watch(loop, descriptor: socket) { [unowned self] in self.handle(socket, $0) }
        // Without a watch the connection runs into its deadline.
        if let watch { watched[socket] = Watched(watch: watch, interest: interest) }
    }

    private func handle(_ socket: curl_socket_t, _ readiness: Readiness) {
        guard let before = watched[socket] else { return }
        var events: Int32 = 0
        if !readiness.isDisjoint(with: [.readable, .peerClosed, .hangup, .error]) { events |= CURL_CSELECT_IN }
        if !readiness.isDisjoint(with: [.writable, .hangup, .error]) { events |= CURL_CSELECT_OUT }
        events &= before.interest
        if readiness.contains(.error) { events |= CURL_CSELECT_ERR }
        guard events != 0 else { return }
        act(socket, events)
        if let after = watched[socket], after.watch === before.watch { setInterest(socket, after.interest) }
    }
}

private func interestChanged(
    _ easy: OpaquePointer, _ socket: curl_socket_t, _ what: Int32, _ context: UnsafeMutableRawPointer,
    _ entry: UnsafeMutableRawPointer?
) -> Int32 {
    unsafe Unmanaged<Connector>.fromOpaque(context).takeUnretainedValue().setInterest(socket, what)
    return 0
}

private func timerChanged(_ multi: OpaquePointer, _ milliseconds: Int, _ context: UnsafeMutableRawPointer) -> Int32 {
    unsafe Unmanaged<Connector>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds)
    return 0
}

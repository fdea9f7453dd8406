internal import Bytes
internal import Platform

/// An established, verified connection as a stream of octets: a `SocketStream` for http, a `TLSTransport` for https.
protocol Transport: AnyObject {
    var isClosed: Bool { get }
    /// Octets that have been handed to the network.
    var octetsSent: UInt64 { get }
    /// When waiting to read fails with `.timedOut`; nil means never.
    var readDeadline: Instant? { get set }
    /// Longest time without progress while there is something to send.
    var writeTimeout: Duration { get set }
    /// Called once when the peer closes or the connection breaks, also while nothing is being read.
    var onPeerClosed: (() -> Void)? { get set }

    /// Appends what has come; 0 means the peer will send no more, nil that nothing is there.
    func tryRead(into buffer: inout ByteBuffer, upTo limit: Int) throws(StreamError) -> Int?
    /// Whether nothing of the peer's is there, neither octets nor an end, not even what nobody has been told of yet.
    func isQuiet() -> Bool
    /// Octets that were written and have not been handed to the network.
    var unsent: Int { get }
    /// Returns when `tryRead` has something to say.
    func waitReadable() async throws(StreamError)
    /// Appends to what leaves at the end of this turn.
    func write(_ append: (inout [UInt8]) -> Void)
    /// Waits until at most `goal` octets are unsent.
    func drain(below goal: Int) async throws(StreamError)
    func close()
}

extension SocketStream: Transport {}

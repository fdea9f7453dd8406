public import Bytes
public import Messages

/// Who is at the other end of a connection.
public struct RPCPeer: Sendable, Hashable {
    /// Counts the connections of this server or client; no two are the same.
    public let connection: UInt64
    /// As the kernel says.
    public let uid: UInt32
    public let service: ServiceName
    /// As the peer says; for people and logs.
    public let build: ByteString
}

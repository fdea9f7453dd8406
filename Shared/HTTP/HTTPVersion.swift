/// The protocol versions that are understood. Servers here refuse or serve 1.0; it never keeps a connection alive.
public enum HTTPVersion: UInt8, Hashable, Sendable {
    case http10, http11
}

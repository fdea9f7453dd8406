/// The socket on which the edge is the client of the worker: streams only, no calls.
public enum EdgeWorker: MessageSocket {
    public typealias Request = Nothing
    public typealias Reply = Nothing
    public typealias Event = Nothing
    public static let client = ServiceName.edge
    public static let server = ServiceName.worker
}

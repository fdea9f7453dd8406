public import Bytes
public import JSON

/// The first message in each direction: who speaks, and which versions of the protocol it speaks.
///
/// The client sends it as the parameters of the call `hello` with id 0, the server as the result. Before that nothing
/// else is sent or accepted.
public struct Hello: MessageValue, Equatable {
    public static let method: ByteString = "hello"
    /// The client is told not to start anything more on this connection.
    public static let drainMethod: ByteString = "drain"

    /// The versions that this code speaks.
    public static let major: Int64 = 1
    public static let lowest: Int64 = 0
    public static let highest: Int64 = 0

    public var service: ServiceName
    /// For people and logs.
    public var build: ByteString
    public var major: Int64
    /// The lowest and the highest minor version that it speaks.
    public var lowest: Int64
    public var highest: Int64
    /// Most streams and most calls at once that the speaker lets the other side open.
    public var streams: Int64
    public var calls: Int64

    public init(
        service: ServiceName, build: ByteString, streams: Int64 = 0, calls: Int64 = 0, major: Int64 = Hello.major,
        lowest: Int64 = Hello.lowest, highest: Int64 = Hello.highest
    ) {
        self.service = service
        self.build = build
        self.major = major
        self.lowest = lowest
        self.highest = highest
        self.streams = streams
        self.calls = calls
    }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        service = try reader.required("service") { $0.string.flatMap(ServiceName.init) }
        build = try reader.text("build")
        major = try reader.count("major")
        lowest = try reader.count("lowest")
        highest = try reader.count("highest")
        streams = try reader.count("streams")
        calls = try reader.count("calls")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("service", .string(service.rawValue))
        try writer.text("build", build)
        writer.count("major", major)
        writer.count("lowest", lowest)
        writer.count("highest", highest)
        writer.count("streams", streams)
        writer.count("calls", calls)
        return writer.value
    }

    /// The minor version that both use: the highest that both speak; nil when there is none.
    public func commonMinor(with other: Hello) -> Int64? {
        let minor = min(highest, other.highest)
        return major == other.major && minor >= max(lowest, other.lowest) ? minor : nil
    }
}

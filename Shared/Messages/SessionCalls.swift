public import Bytes
public import JSON

/// `session.open`: a pass for one session and one target.
public struct SessionOpen: MethodCall, MessageValue {
    public typealias Socket = EdgeBroker
    public typealias Result = SessionOpened
    public static let method: ByteString = "session.open"

    public var handle: Handle
    public var target: ByteString
    public var frontend: ByteString
    /// Whether this counts as activity of the session.
    public var slide: Bool

    public init(handle: Handle, target: ByteString, frontend: ByteString, slide: Bool = true) {
        self.handle = handle
        self.target = target
        self.frontend = frontend
        self.slide = slide
    }

    public var request: EdgeRequest { .sessionOpen(self) }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        handle = try reader.handle("handle")
        target = try reader.text("target")
        frontend = try reader.text("frontend")
        slide = try reader.bool("slide")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("handle", handle.json)
        try writer.text("target", target)
        try writer.text("frontend", frontend)
        writer.set("slide", .bool(slide))
        return writer.value
    }
}

/// The pass and how long it may be used.
public struct SessionOpened: MessageValue, Equatable {
    public var pass: Pass
    /// At most 30,000.
    public var validMilliseconds: Int64
    public var session: SessionTag
    /// How long the session lives on without activity; absent when it has no idle limit.
    public var idleMilliseconds: Int64?

    public init(pass: Pass, validMilliseconds: Int64, session: SessionTag, idleMilliseconds: Int64? = nil) {
        self.pass = pass
        self.validMilliseconds = validMilliseconds
        self.session = session
        self.idleMilliseconds = idleMilliseconds
    }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        pass = try reader.pass("pass")
        validMilliseconds = try reader.count("valid_ms")
        session = try reader.session("session")
        idleMilliseconds = try reader.optionalCount("idle_ms")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("pass", .string(pass.text))
        writer.count("valid_ms", validMilliseconds)
        writer.set("session", session.json)
        writer.count("idle_ms", idleMilliseconds)
        return writer.value
    }
}

/// `session.user`: the user of a session.
public struct SessionUser: MethodCall, MessageValue {
    public typealias Socket = EdgeBroker
    public typealias Result = UserView
    public static let method: ByteString = "session.user"

    public var handle: Handle
    public var frontend: ByteString
    /// Whether asking counts as activity.
    public var slide: Bool

    public init(handle: Handle, frontend: ByteString, slide: Bool) {
        self.handle = handle
        self.frontend = frontend
        self.slide = slide
    }

    public var request: EdgeRequest { .sessionUser(self) }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        handle = try reader.handle("handle")
        frontend = try reader.text("frontend")
        slide = try reader.bool("slide")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("handle", handle.json)
        try writer.text("frontend", frontend)
        writer.set("slide", .bool(slide))
        return writer.value
    }
}

/// `session.end`: end a session, here first and then at its provider.
public struct SessionEnd: MethodCall, MessageValue {
    public typealias Socket = EdgeBroker
    public typealias Result = SessionEndedReply
    public static let method: ByteString = "session.end"

    public var handle: Handle
    public var frontend: ByteString
    /// Given: ends the session only if the identifier is its own.
    public var logoutID: ByteString?

    public init(handle: Handle, frontend: ByteString, logoutID: ByteString? = nil) {
        self.handle = handle
        self.frontend = frontend
        self.logoutID = logoutID
    }

    public var request: EdgeRequest { .sessionEnd(self) }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        handle = try reader.handle("handle")
        frontend = try reader.text("frontend")
        logoutID = try reader.optionalText("logout_id")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        writer.set("handle", handle.json)
        try writer.text("frontend", frontend)
        try writer.text("logout_id", logoutID)
        return writer.value
    }
}

/// Where the browser may end its session at the provider.
public struct SessionEndedReply: MessageValue, Equatable {
    /// The provider's end-session page; absent when it has none.
    public var logoutURL: ByteString?
    /// The value that the return from that page must carry.
    public var state: ByteString?

    public init(logoutURL: ByteString? = nil, state: ByteString? = nil) {
        self.logoutURL = logoutURL
        self.state = state
    }

    public init(json: JSONValue) throws(MessageError) {
        var reader = try MemberReader(json)
        logoutURL = try reader.optionalText("logout_url")
        state = try reader.optionalText("state")
        try reader.end()
    }

    public func json() throws(MessageError) -> JSONValue {
        var writer = MemberWriter()
        try writer.text("logout_url", logoutURL)
        try writer.text("state", state)
        return writer.value
    }
}

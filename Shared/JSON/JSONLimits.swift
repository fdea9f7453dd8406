/// How large a document may be before it is refused. A limit that is reached is still accepted.
public struct JSONLimits: Sendable {
    /// Octets of the document.
    public var bytes: Int

    /// Arrays and objects inside each other. At most 512, because each level takes some of the stack.
    public var depth: Int

    /// Members of objects and elements of arrays, of the whole document together: bounds the memory it takes.
    public var members: Int

    public init(bytes: Int = 1 << 20, depth: Int = 32, members: Int = 65_536) {
        self.bytes = bytes
        self.depth = min(depth, 512)
        self.members = members
    }

    /// 1 MiB, depth 32, 65,536 members.
    public static let message = JSONLimits()
}

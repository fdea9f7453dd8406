public import Bytes

/// Why a message, a head or a frame is refused. Whoever receives one closes the connection: a peer that speaks
/// another language than ours is never guessed at.
public struct MessageError: Error, Equatable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Not JSON, or not the kind of JSON value that belongs here.
        case malformed
        /// A member this version does not know.
        case unknownMember
        /// A member that must be there is not.
        case missingMember
        /// A member of another JSON type, outside its range or in a spelling that is not allowed.
        case invalidMember
        /// A method name that this socket does not have.
        case unknownMethod
        /// A value of ours that cannot be sent: not UTF-8 or too long.
        case unsendable
    }

    public let kind: Kind
    /// The name of the member or method; for people, never to decide by.
    public let context: ByteString

    public init(_ kind: Kind, _ context: ByteString = .empty) {
        self.kind = kind
        self.context = context
    }
}

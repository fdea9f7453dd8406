internal import Bytes
internal import JSON
internal import Messages
internal import Session

/// Whether what the token stands for satisfies a route. Decided by the broker's word alone.
enum Authorization {
    /// The claim that holds a user's roles: an array of strings, or one string.
    static let rolesClaim: ByteString = "roles"

    /// Why the exchange is refused, nil when it is not.
    static func refusal(_ requirement: RouteRequirement, scope: [ByteString], claims: JSONObject) -> Abort? {
        guard requirement.scopes.allSatisfy(scope.contains) else { return Abort(.policy, .forbiddenScope) }
        guard !requirement.roles.isEmpty else { return nil }
        let roles = roles(claims[rolesClaim])
        return requirement.roles.contains(where: roles.contains) ? nil : Abort(.policy, .forbiddenRole)
    }

    private static func roles(_ claim: JSONValue?) -> [ByteString] {
        switch claim {
        case .string(let one): [one]
        case .array(let several): several.compactMap(\.string)
        default: []
        }
    }
}

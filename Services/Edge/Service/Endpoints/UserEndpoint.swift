internal import Bytes
internal import HTTP
internal import HTTPServer
internal import JSON
internal import Messages
internal import Session

/// `/bff/user`: who is signed in, for the frontend.
struct UserEndpoint {
    let broker: any BrokerDesk
    let cache: SessionCache

    func respond(_ visit: Visit) async throws(Problem) -> HTTPResponse {
        try Gatekeeper.check(.header, visit)
        let slide = try slide(visit.head.target.query)
        guard let handle = visit.handle else { throw .unauthenticated(visit) }
        if await cache.isRefused(handle) { throw .ended }
        let user = try await broker.ask(SessionUser(handle: handle, frontend: visit.frontend.id, slide: slide))
        return visit.answer(
            200, { $0.set(.contentType, "application/json") }, body: JSON.write(user.document(visit.frontend)))
    }

    /// `slide=false` looks without counting as activity.
    private func slide(_ query: ByteString?) throws(Problem) -> Bool {
        switch query {
        case nil, "slide=true"?: true
        case "slide=false"?: false
        default: throw Problem(.invalidRequest, "Only slide=false is known here.")
        }
    }
}

extension UserView {
    /// The claims, and what the frontend needs besides.
    func document(_ frontend: Frontend) -> JSONValue {
        var members = claims
        members["bff:provider"] = .string(provider)
        members["bff:session_expires_in"] = .integer(expiresIn)
        members["bff:logout_url"] = .string(frontend.path("/logout?sid=") + Percent.encode(logoutID.bytes))
        return .object(members)
    }
}

extension Problem {
    /// Nobody is signed in; says where that can be done.
    static func unauthenticated(_ visit: Visit) -> Problem {
        var problem = Problem(.unauthenticated)
        problem.loginURL = visit.frontend.loginPath(returningTo: nil)
        return problem
    }
}

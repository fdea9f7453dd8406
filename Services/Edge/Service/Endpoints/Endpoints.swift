internal import HTTPServer
internal import Session

/// Everything that answers.
struct Endpoints: Sendable {
    let login: LoginEndpoint
    let callback: CallbackEndpoint
    let user: UserEndpoint
    let logout: LogoutEndpoint
    let files: FileEndpoint
    let proxy: ProxyHandler

    func respond(_ endpoint: Endpoint, _ visit: Visit) async throws(Problem) -> HTTPResponse {
        switch endpoint {
        case .health: Gateway.alive(visit.frontend.fields)
        case .login: try await login.respond(visit)
        case .callback(let provider): try await callback.respond(visit, provider: provider)
        case .user: try await user.respond(visit)
        case .logout: try await logout.respond(visit)
        case .logoutReturn: try logout.respondToReturn(visit)
        }
    }
}

internal import Bytes
internal import Crypto
internal import HTTP
internal import HTTPServer
internal import JSON
internal import Messages
internal import RPC
internal import Session

/// `/bff/callback`: the browser comes back from the provider. It never relies on the session's cookie, which is not
/// sent then; the login's own cookie, found by the state, says that it is the same browser.
struct CallbackEndpoint {
    let broker: any BrokerDesk
    let limits: ClientLimits

    func respond(_ visit: Visit, provider: ByteString?) async throws(Problem) -> HTTPResponse {
        visit.method == .post ? try await complete(posted: visit, provider) : try await complete(link: visit, provider)
    }

    private func complete(link visit: Visit, _ provider: ByteString?) async throws(Problem) -> HTTPResponse {
        guard visit.metadata.isTopLevelNavigation else {
            throw Problem(.notANavigation, "The way back from the provider is opened in a tab.")
        }
        let parameters = try CallbackParameters(query: visit.head.target.query)
        let completion = try await complete(parameters, visit, provider)
        switch completion.result {
        case .success(let completed):
            let place = visit.frontend.returnPath(completed.returnTo) ?? .root
            return visit.page(200, Page.bounce(to: place)) { fields in completion.append(to: &fields) }
        case .failure(let failure):
            var response = visit.answer(
                failure.problem, asPage: visit.showsPage, link: signInAgain(visit, failure.returnTo))
            completion.append(to: &response.fields)
            return response
        }
    }

    private func complete(posted visit: Visit, _ provider: ByteString?) async throws(Problem) -> HTTPResponse {
        try Gatekeeper.check(.header, visit)
        let parameters = try CallbackParameters(try await PostedObject.read(visit), origin: visit.frontend.origin)
        let completion = try await complete(parameters, visit, provider)
        var response: HTTPResponse
        switch completion.result {
        case .success(let completed):
            response = visit.answer(200, body: JSON.write(completed.user.document(visit.frontend)))
            response.fields.set(.contentType, "application/json")
        case .failure(let failure):
            response = visit.answer(failure.problem, asPage: false)
        }
        completion.append(to: &response.fields)
        return response
    }

    private func signInAgain(_ visit: Visit, _ returnTo: ByteString?) -> PageLink {
        let place = returnTo.flatMap { visit.frontend.returnPath($0) }
        return PageLink(text: "Sign in again", path: visit.frontend.loginPath(returningTo: place))
    }

    // MARK: At the broker

    private struct Failure: Error {
        let problem: Problem
        let returnTo: ByteString?
    }

    /// How a login ended, and the cookies that go with it.
    private struct Completion {
        let result: Result<LoginCompleted, Failure>
        let cookies: [SetCookie?]

        func append(to fields: inout HTTPFields) { for cookie in cookies { fields.append(cookie) } }
    }

    /// The exchange at the provider is within this time, so it is longer than other calls.
    private static let patience: Duration = .seconds(20)

    private func complete(
        _ parameters: CallbackParameters, _ visit: Visit, _ provider: ByteString?
    ) async throws(Problem) -> Completion {
        let names = visit.frontend.cookies
        let name = visit.frontend.loginCookieName(
            parameters.state, callback: visit.method == .post ? [] : visit.path)
        guard case .one(let login) = Cookies(visit.head.fields)[name], CookieNames.isOurs(login),
            let browser = Digest(Hash.sha256(Array(login)))
        else { throw Problem(.transactionUnknown) }
        let value = Base64.encodeURL(Random.bytes(32))
        guard let handle = visit.frontend.handle(cookie: value.bytes) else { throw Problem(.internalError) }
        var call = LoginComplete(
            frontend: visit.frontend.id, browser: [browser], handle: handle, state: parameters.state)
        call.provider = provider
        call.code = parameters.code
        call.iss = parameters.iss
        call.error = parameters.error
        let spent = names.loginCookie(name, .empty)?.deletion
        do throws(RPCError) {
            let completed = try await broker.call(call, within: Self.patience)
            limits.finishLogin(visit.caller)
            return Completion(result: .success(completed), cookies: [names.sessionCookie(value), spent])
        } catch {
            return Completion(
                result: .failure(Failure(problem: error.problem, returnTo: error.returnTo)), cookies: [spent])
        }
    }
}

extension RPCError {
    /// Where a login that failed wanted to go.
    fileprivate var returnTo: ByteString? { if case .refused(let refusal) = self { refusal.returnTo } else { nil } }
}

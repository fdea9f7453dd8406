internal import Bytes
internal import Crypto
internal import HTTP
internal import HTTPServer
internal import JSON
internal import Messages
internal import Platform
internal import Session

/// `/bff/login`: begins a login. A link leads to the provider at once; a frontend that posts gets the authorization
/// request as JSON and leads there itself. Both put one more login cookie into the browser.
struct LoginEndpoint {
    let broker: any BrokerDesk
    let limits: ClientLimits

    func respond(_ visit: Visit) async throws(Problem) -> HTTPResponse {
        visit.method == .post ? try await begin(posted: visit) : try await begin(link: visit)
    }

    private func begin(link visit: Visit) async throws(Problem) -> HTTPResponse {
        guard Arrival.mayLogIn(visit.method, visit.metadata) else {
            throw Problem(
                .notANavigation, "A login begins when the user opens this address, not ahead of time or in a frame.")
        }
        let parameters = try LoginParameters(query: visit.head.target.query, visit.frontend)
        let (begun, cookies) = try await begin(parameters, visit)
        guard let place = FieldValue(begun.authorizationURL) else { throw Problem(.internalError) }
        return visit.redirect(302, to: place) { fields in for cookie in cookies { fields.append(cookie) } }
    }

    private func begin(posted visit: Visit) async throws(Problem) -> HTTPResponse {
        try Gatekeeper.check(.header, visit)
        let parameters = try LoginParameters(try await PostedObject.read(visit), visit.frontend)
        let (begun, cookies) = try await begin(parameters, visit)
        return visit.answer(
            200,
            { fields in
                fields.set(.contentType, "application/json")
                for cookie in cookies { fields.append(cookie) }
            }, body: JSON.write(begun.frontendView))
    }

    private func begin(_ parameters: LoginParameters, _ visit: Visit) async throws(Problem) -> (LoginBegun, [SetCookie])
    {
        let value = Base64.encodeURL(Random.bytes(32))
        guard let browser = Digest(Hash.sha256(value.bytes)) else { throw Problem(.internalError) }
        try limits.beginLogin(visit.caller, now: .now())
        let begun = try await broker.ask(parameters.call(visit.frontend, browser: browser, session: visit.handle))
        let names = visit.frontend.cookies
        let superfluous = names.superfluousLogins(among: Cookies(visit.head.fields).map { ByteString($0.name) })
        let cookies =
            [names.loginCookie(visit.frontend.loginCookieName(begun.state, returningTo: begun.redirectURI), value)]
            + superfluous.map { names.loginCookie($0, .empty)?.deletion }
        return (begun, cookies.compactMap { $0 })
    }
}

extension Frontend {
    /// The name of the cookie of one login. Also the place of the callback is in it: the callback of one provider does
    /// not find the cookie of a login at another one, which has another place.
    func loginCookieName(_ state: ByteString, returningTo uri: ByteString) -> ByteString {
        let path = uri.hasPrefix(origin.bytes) ? uri.bytes.dropFirst(origin.bytes.count) : []
        return loginCookieName(state, callback: path)
    }

    /// As `loginCookieName(_:returningTo:)`, for a path. A page of the frontend itself is no place of the edge's: from
    /// there the frontend posts what came back.
    func loginCookieName(_ state: ByteString, callback path: ArraySlice<UInt8>) -> ByteString {
        cookies.login(stateHash: Hash.sha256(state.bytes + [0] + (owns(path) ? path : [])))
    }
}

extension LoginBegun {
    /// What a frontend needs to lead to the provider itself.
    fileprivate var frontendView: JSONValue {
        .object(
            JSONObject([
                ("authorization_url", .string(authorizationURL)), ("client_id", .string(clientID)),
                ("scope", .string(scope)), ("state", .string(state)), ("nonce", .string(nonce)),
                ("code_challenge", .string(codeChallenge)), ("redirect_uri", .string(redirectURI)),
            ]))
    }
}

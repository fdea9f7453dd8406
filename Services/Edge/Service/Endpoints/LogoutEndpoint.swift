internal import Bytes
internal import HTTP
internal import HTTPServer
internal import JSON
internal import Messages
internal import RPC
internal import Session

/// `/bff/logout`: ends the session. By a script with the header, or by a link that carries the session's own value and
/// is followed on our own site. Whatever the broker can do at the moment, the cookie goes and the session is refused
/// here from now on.
struct LogoutEndpoint {
    let broker: any BrokerDesk
    let cache: SessionCache
    let caches: SessionCaches
    let unfinished: UnfinishedLogouts

    func respond(_ visit: Visit) async throws(Problem) -> HTTPResponse {
        visit.method == .post ? try await logOut(posted: visit) : try await logOut(link: visit)
    }

    private func logOut(posted visit: Visit) async throws(Problem) -> HTTPResponse {
        try Gatekeeper.check(.header, visit)
        let ended = try await end(visit, logoutID: nil)
        var members = JSONObject()
        if let url = ended.logoutURL { members["logout_url"] = .string(url) }
        return visit.answer(
            200,
            { fields in
                fields.set(.contentType, "application/json")
                append(ended, to: &fields, visit)
            }, body: JSON.write(.object(members)))
    }

    private func logOut(link visit: Visit) async throws(Problem) -> HTTPResponse {
        guard let sid = try sid(visit.head.target.query), isFollowedHere(visit), visit.handle != nil else {
            return await ask(visit)
        }
        let ended: SessionEndedReply
        do throws(Problem) { ended = try await end(visit, logoutID: sid) } catch {
            // A value of another session ends nothing.
            guard error.code == .invalidRequest else { throw error }
            return await ask(visit)
        }
        guard let place = FieldValue(ended.logoutURL ?? "/") else { throw Problem(.internalError) }
        return visit.redirect(303, to: place) { append(ended, to: &$0, visit) }
    }

    private func sid(_ query: ByteString?) throws(Problem) -> ByteString? {
        do throws(Form.Fault) { return try Form(parsing: query ?? .empty).only("sid") } catch {
            throw Problem(.invalidRequest)
        }
    }

    private func isFollowedHere(_ visit: Visit) -> Bool {
        visit.metadata.isTopLevelNavigation && (visit.metadata.site == nil || visit.metadata.site == .sameOrigin)
    }

    /// A page with one button, which carries the session's own value.
    private func ask(_ visit: Visit) async -> HTTPResponse {
        guard let handle = visit.handle, await !cache.isRefused(handle),
            let user = try? await broker.ask(SessionUser(handle: handle, frontend: visit.frontend.id, slide: false))
        else {
            let home = PageLink(text: "Continue", path: "/")
            return visit.page(200, Page.message("You are not signed in here", text: nil, link: home))
        }
        let button = PageLink(text: "Sign out", path: visit.frontend.path("/logout"), values: [("sid", user.logoutID)])
        return visit.page(200, Page.message("Sign out?", text: nil, link: button))
    }

    // MARK: Ending

    private func end(_ visit: Visit, logoutID: ByteString?) async throws(Problem) -> SessionEndedReply {
        guard let handle = visit.handle else { return SessionEndedReply() }
        var call = SessionEnd(handle: handle, frontend: visit.frontend.id)
        call.logoutID = logoutID
        do throws(RPCError) {
            let ended = try await broker.call(call, within: .seconds(5))
            await caches.refuse(handle)
            return ended
        } catch {
            switch error {
            case .refused(let refusal) where refusal.code == .sessionUnknown || refusal.code == .sessionEnded:
                // The session is over, or it is another one than the value's.
                if logoutID == nil { return SessionEndedReply() }
                throw Problem(.invalidRequest)
            default:
                // Without the session's value nothing proves that the user wants this, so nothing is tried again.
                guard logoutID == nil else { throw error.problem }
                await caches.refuse(handle)
                await unfinished.add(call)
                throw .logoutIncomplete
            }
        }
    }

    private func append(_ ended: SessionEndedReply, to fields: inout HTTPFields, _ visit: Visit) {
        let names = visit.frontend.cookies
        fields.append(names.sessionCookie(.empty)?.deletion)
        if ended.logoutURL != nil, let state = ended.state { fields.append(names.logoutCookie(state)) }
    }

    // MARK: Return

    /// `/bff/logout/return`: back from the provider's page, with the value that was sent there.
    func respondToReturn(_ visit: Visit) throws(Problem) -> HTTPResponse {
        let names = visit.frontend.cookies
        let spent = names.logoutCookie(.empty)?.deletion
        var state: ByteString?
        if let form = try? Form(parsing: visit.head.target.query ?? .empty) { state = (try? form.only("state")) ?? nil }
        guard let state, case .one(let expected) = Cookies(visit.head.fields)[names.logout],
            constantTimeEquals(state.bytes, Array(expected))
        else {
            let home = PageLink(text: "Continue", path: "/")
            return visit.page(200, Page.message("You have left the sign-in page", text: nil, link: home))
        }
        return visit.redirect(303, to: LocalPath.root.fieldValue) { $0.append(spent) }
    }
}

extension Problem {
    /// The session is refused here already, and elsewhere as soon as the broker can be reached.
    static var logoutIncomplete: Problem {
        var problem = Problem(.logoutIncomplete, "You are signed out here; the rest follows as soon as possible.")
        problem.clearsSession = true
        return problem
    }
}

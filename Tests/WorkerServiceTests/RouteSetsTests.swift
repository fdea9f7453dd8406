import Bytes
import HTTP
import JSON
import Messages
import Platform
import Testing

@testable import Session
@testable import WorkerService

@Suite struct RouteSetsTests {
    static let text = #"""
        {"routes":[
        {"id":"r","path":"/api/","target":"t","methods":["GET"],"upstream":{"url":"https://a.b/v1"},"strip":"/api"},
        {"id":"s","path":"/api/admin/","target":"t","upstream":{"url":"https://a.b"},"encoded_slash":"keep"}]}
        """#
    let now = Instant(nanoseconds: 1_000_000_000)

    private func sets() throws -> RouteSets { RouteSets(try routes(Self.text)) }

    private func refusal(_ sets: RouteSets, _ head: ProxyHead, _ now: Instant) -> Abort? {
        Abort.of(sets.route(for: head, now: now))
    }

    @Test func `the route named by the edge is found again by method and path`() throws {
        let sets = try sets()
        let found = try sets.route(for: head(.get, "/api/x?y=%2F", routes: sets.current.digest), now: now).get()
        #expect(found.0.id == "r")
        #expect(found.0.upstreamTarget(found.1)?.originForm == "/v1/x?y=%2F")
    }

    @Test(
        arguments: [
            (HTTPMethod.get, "/api/admin/x", "r", Abort.Code.routeUnknown), (.get, "/api/x", "s", .routeUnknown),
            (.get, "/api/x", "none", .routeUnknown), (.get, "/other", "r", .routeUnknown),
            (.post, "/api/x", "r", .methodUnknown), (.options, "/api/x", "r", .methodUnknown),
            (.get, "/api/../x", "r", .requestInvalid), (.get, "/api/%2e%2e/x", "r", .requestInvalid),
            (.get, "/api//x", "r", .requestInvalid), (.get, "/api/%2fx", "r", .requestInvalid),
            (.get, "/api/\\x", "r", .requestInvalid), (.get, "/api/x#y", "r", .requestInvalid),
            (.get, "/api/x y", "r", .requestInvalid), (.get, "/api/x\r\nEvil: 1", "r", .requestInvalid),
            (.get, "http://evil/api/x", "r", .requestInvalid), (.get, "//evil/api/x", "r", .requestInvalid),
            (.get, "*", "r", .requestInvalid), (.get, "", "r", .requestInvalid),
            (.get, "/api/%61dmin/x", "r", .routeUnknown),
        ] as [(HTTPMethod, String, String, Abort.Code)])
    func `an edge that is wrong or lies is refused`(
        method: HTTPMethod, target: String, id: String, code: Abort.Code
    ) throws {
        let sets = try sets()
        let head = head(method, ByteString(target), route: ByteString(id), routes: sets.current.digest)
        #expect(refusal(sets, head, now)?.code == code)
    }

    @Test func `the previous set counts for a minute, but the current rules decide`() throws {
        var sets = try sets()
        let old = sets.current.digest
        let tightened = #"""
            {"routes":[{"id":"r","path":"/api/","target":"t","methods":["GET"],"upstream":{"url":"https://a.b"},
            "require":{"scopes":["x"]}}]}
            """#
        sets.replace(with: try routes(tightened), now: now)
        let found = try sets.route(for: head(.get, "/api/x", routes: old), now: now + .seconds(59)).get()
        #expect(found.0.requirement.scopes == ["x"])
        #expect(refusal(sets, head(.get, "/api/x", routes: old), now + .seconds(60))?.code == .digestUnknown)
        #expect(refusal(sets, head(.get, "/api/admin/x", route: "s", routes: old), now)?.code == .routeUnknown)
        #expect(refusal(sets, head(routes: "guess"), now) == Abort(.notSent, .digestUnknown))
    }

    @Test(
        arguments: [
            (["a", "b"], [], ["a"], [] as [ByteString], nil), (["a"], [], ["a", "b"], [], .forbiddenScope),
            ([], ["admin"], [], ["admin", "staff"], nil), ([], ["user"], [], ["admin"], .forbiddenRole),
            ([], [], [], ["admin"], .forbiddenRole), (["a"], [], [], [], nil), (["A"], [], ["a"], [], .forbiddenScope),
        ] as [([ByteString], [ByteString], [ByteString], [ByteString], Abort.Code?)])
    func `a route asks for all of its scopes and one of its roles`(
        scope: [ByteString], roles: [ByteString], scopes: [ByteString], oneOf: [ByteString], code: Abort.Code?
    ) {
        let claims = JSONObject([("roles", .array(roles.map { .string($0) }))])
        var requirement = RouteRequirement()
        requirement.scopes = scopes
        requirement.roles = oneOf
        #expect(Authorization.refusal(requirement, scope: scope, claims: claims)?.code == code)
    }

    @Test func `the length of a body is one number within the route's limit`() throws {
        func announced(_ given: HTTPFields) -> Result<RequestBody?, Abort> {
            head(fields: given).announcedBody(limit: 10)
        }
        #expect(try announced([:]).get() == nil)
        #expect(try announced(fields(["content-length": "10"])).get() == RequestBody(framing: .length(10)))
        #expect(try announced(fields(["content-length": "0"])).get()?.follows == false)
        #expect(Abort.of(announced(fields(["content-length": "11"])))?.code == .requestTooLarge)
        for text in ["+1", "-0", "0x5", "1_0", "5,5", "", "99999999999999999999"] as [ByteString] {
            #expect(Abort.of(announced(fields(["content-length": text])))?.code == .requestInvalid)
        }
        #expect(Abort.of(announced(fields(["content-length": "5", "Content-Length": "5"])))?.code == .requestInvalid)
    }
}

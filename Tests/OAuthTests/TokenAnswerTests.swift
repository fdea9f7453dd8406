import Bytes
import OAuth
import Testing

@Suite struct TokenAnswerTests {
    static let members: Changes = [("access_token", #""at""#), ("token_type", #""Bearer""#)]

    static func answer(_ changes: Changes, status: UInt16 = 200) -> TokenAnswer {
        TokenAnswer(status: status, body: Array(Issuer.text(members, changes).utf8))
    }

    static func tokens(_ changes: Changes) throws -> TokenResponse {
        guard case .tokens(let response) = answer(changes) else { throw Missing() }
        return response
    }

    struct Missing: Error {}

    @Test func `a full answer is read`() throws {
        let response = try Self.tokens([
            ("token_type", #""bEARER""#), ("expires_in", "3600"), ("refresh_token", #""rt""#),
            ("id_token", #""a.b.c""#), ("scope", #""read write""#), ("custom", "{}"),
        ])
        #expect(response.accessToken.reveal() == Array("at".utf8))
        #expect(response.lifetime == 3600)
        #expect(response.refreshToken?.reveal() == Array("rt".utf8))
        #expect(response.idToken != nil)
        #expect(response.scopes == ["read", "write"])
    }

    @Test func `only the access token and its type must be there`() throws {
        for changes: Changes in [[], [("expires_in", "null"), ("refresh_token", "null"), ("scope", "null")]] {
            let response = try Self.tokens(changes)
            #expect(response.lifetime == nil)
            #expect(response.refreshToken == nil)
            #expect(response.idToken == nil)
            #expect(response.scopes == nil)
        }
    }

    static let malformed: [Changes] = [
        [("access_token", nil)], [("access_token", "null")], [("access_token", "1")], [("access_token", #""""#)],
        [("access_token", #""a b""#)], [("access_token", #""a\r\nX: y""#)], [("access_token", #""\u00e9""#)],
        [("token_type", nil)], [("token_type", #""DPoP""#)], [("token_type", #""mac""#)], [("token_type", "null")],
        [("token_type", #""Bearer ""#)], [("token_type", #""\u212Aearer""#)],
        [("expires_in", #""3600""#)], [("expires_in", "-1")], [("expires_in", "1e300")], [("expires_in", "1e400")],
        [("expires_in", "9223372036854775808")], [("expires_in", "true")],
        [("refresh_token", "1")], [("refresh_token", #""""#)], [("refresh_token", #""a\u0000""#)],
        [("id_token", "{}")], [("scope", "[]")], [("scope", #""read\u0000""#)], [("scope", #""read\n""#)],
        [("scope", #""l\u00e9""#)],
        [("access_token", "\"" + String(repeating: "a", count: 32 * 1024 + 1) + "\"")],
        [("x", "\"" + String(repeating: "a", count: 256 * 1024) + "\"")],
    ]

    @Test(arguments: malformed)
    func `a success that is not as it must be is no answer`(changes: Changes) {
        guard case .malformed = Self.answer(changes) else {
            Issue.record("accepted")
            return
        }
    }

    @Test(arguments: ["", "[]", "null", "<html>", #"{"access_token":"a""#, #"{"access_token":"a","access_token":"b"}"#])
    func `a success that is no JSON object is no answer`(body: String) {
        guard case .malformed = TokenAnswer(status: 200, body: Array(body.utf8)) else {
            Issue.record("accepted")
            return
        }
    }

    @Test(arguments: [201, 204, 301, 302, 307, 100, 400, 401])
    func `tokens with another status than 200 are not taken`(status: UInt16) {
        guard case .malformed = Self.answer([], status: status) else {
            Issue.record("accepted")
            return
        }
    }

    @Test(
        arguments: [
            (400, "invalid_grant", TokenError.invalidGrant), (401, "invalid_client", .invalidClient),
            (400, "Invalid_Grant", .other), (400, "invalid_grant ", .other), (400, "invalid_target", .invalidTarget),
            (403, "something", .other),
        ] as [(UInt16, String, TokenError)])
    func `a refusal is read as one of a closed list`(status: UInt16, name: String, expected: TokenError) {
        let body = Array(#"{"error":"\#(name)","error_description":"x"}"#.utf8)
        guard case .refused(expected) = TokenAnswer(status: status, body: body) else {
            Issue.record("another answer")
            return
        }
    }

    @Test(arguments: [429, 500, 502, 503, 504, 599])
    func `a provider that cannot answer now refuses nothing, whatever it says`(status: UInt16) {
        let body = Array(#"{"error":"invalid_grant"}"#.utf8)
        guard case .unavailable(nil) = TokenAnswer(status: status, body: body),
            case .unavailable(.seconds(30)) = TokenAnswer(status: status, body: [], retryAfter: 30),
            case .unavailable(.seconds(3600)) = TokenAnswer(status: status, body: [], retryAfter: .max)
        else {
            Issue.record("another answer")
            return
        }
    }
}

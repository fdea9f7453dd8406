import Bytes
import JSON
import Testing

@testable import Messages

@Suite struct MessageTests {
    static let handle = Base64.encodeURL([UInt8](repeating: 1, count: 32)).text
    static let tag = Base64.encodeURL([UInt8](repeating: 2, count: 16)).text

    private func parse(_ text: String) throws -> JSONValue { try JSON.parse(Array(text.utf8)) }

    /// One of each, with every member.
    static let edge = [
        (
            "login.begin",
            #"{"frontend":"app","provider":"p","intent":"login","return_to":"/","redirect":"r","browser":"\#(handle)","session":"\#(handle)","prompt":"none","login_hint":"é","max_age":0,"acr_values":"a","ui_locales":"de"}"#
        ),
        ("login.begin", #"{"frontend":"app","intent":"login","return_to":"/","browser":"\#(handle)"}"#),
        (
            "login.complete",
            #"{"frontend":"app","provider":"p","browser":["\#(handle)"],"handle":"\#(handle)","state":"s","code":"c","iss":"i","error":"e"}"#
        ),
        ("login.complete", #"{"frontend":"app","browser":[],"handle":"\#(handle)","state":"s"}"#),
        ("session.open", #"{"handle":"\#(handle)","target":"t","frontend":"app","slide":true}"#),
        ("session.user", #"{"handle":"\#(handle)","frontend":"app","slide":true}"#),
        ("session.end", #"{"handle":"\#(handle)","frontend":"app","logout_id":"l"}"#),
    ]

    @Test(arguments: edge)
    func `a request of the edge keeps every member`(_ method: String, _ text: String) throws {
        let request = try EdgeRequest(method: ByteString(method), parameters: parse(text))
        #expect(request.method == ByteString(method))
        #expect(try JSON.write(request.parameters()) == Array(text.utf8))
    }

    @Test(arguments: [
        ("token.redeem", #"{"pass":"p"}"#), ("token.renew", #"{"pass":"p","fingerprint":"\#(handle)"}"#),
    ])
    func `a request of the worker keeps every member`(_ method: String, _ text: String) throws {
        let request = try WorkerRequest(method: ByteString(method), parameters: parse(text))
        #expect(try JSON.write(request.parameters()) == Array(text.utf8))
        #expect(throws: MessageError(.unknownMethod, ByteString(method))) {
            try EdgeRequest(method: ByteString(method), parameters: parse(text))
        }
    }

    @Test(arguments: edge)
    func `an unknown, missing or mistyped member is an error`(_ method: String, _ text: String) throws {
        let object = try #require(try parse(text).object)
        let method = ByteString(method)
        var more = object
        more["more"] = 1
        #expect(throws: MessageError(.unknownMember)) { try EdgeRequest(method: method, parameters: .object(more)) }
        for member in object.members {
            var mistyped = object
            mistyped[member.name] = .null
            #expect(throws: MessageError(.invalidMember, member.name)) {
                try EdgeRequest(method: method, parameters: .object(mistyped))
            }
            var less = object
            less[member.name] = nil
            #expect(isMissing(member.name, method, less) == Self.isRequired(member.name, method))
        }
    }

    private func isMissing(_ name: ByteString, _ method: ByteString, _ object: JSONObject) -> Bool {
        do throws(MessageError) {
            _ = try EdgeRequest(method: method, parameters: .object(object))
            return false
        } catch { return error == MessageError(.missingMember, name) }
    }

    private static func isRequired(_ name: ByteString, _ method: ByteString) -> Bool {
        let optional: [ByteString] = [
            "provider", "redirect", "session", "prompt", "login_hint", "max_age", "acr_values", "ui_locales", "code",
            "iss",
            "error", "logout_id",
        ]
        return !optional.contains(name)
    }

    @Test func `binary values have one length and one spelling`() {
        for text in ["", "AQ", Self.handle + "A", String(Self.handle.dropLast()) + "F", Self.handle + "=", Self.tag] {
            #expect(throws: MessageError(.invalidMember, "handle")) {
                try SessionOpen(json: ["handle": .string(ByteString(text)), "target": "t", "frontend": "f"])
            }
        }
    }

    @Test func `replies and events keep every member`() throws {
        try check(
            LoginBegun.self,
            #"{"authorization_url":"u","client_id":"c","scope":"s","state":"t","nonce":"n","code_challenge":"h","redirect_uri":"r","provider":"p"}"#
        )
        try check(
            LoginCompleted.self,
            #"{"intent":"login","return_to":"/","user":{"claims":{"sub":"1"},"provider":"p","expires_in":9,"logout_id":"l"}}"#
        )
        try check(SessionOpened.self, #"{"pass":"p","valid_ms":30000,"session":"\#(Self.tag)","idle_ms":1}"#)
        try check(SessionEndedReply.self, #"{"logout_url":"u","state":"s"}"#)
        try check(SessionEndedReply.self, "{}")
        try check(
            RedeemedToken.self,
            #"{"access_token":"a","token_valid_ms":1,"pass_valid_ms":2,"session":"\#(Self.tag)","target":"t","scope":["x","y"],"claims":{"sub":[1,{}]},"generation":4}"#
        )
        for (method, text) in [
            ("session.ended", #"{"sessions":["\#(Self.tag)"],"sequence":3}"#), ("heartbeat", #"{"proof_age_ms":200}"#),
        ] {
            let event = try BrokerEvent(method: ByteString(method), parameters: parse(text))
            #expect(try JSON.write(event.parameters()) == Array(text.utf8))
        }
        #expect(throws: MessageError(.unknownMethod, "x")) { try BrokerEvent(method: "x", parameters: [:]) }
    }

    private func check<Value: MessageValue>(_ type: Value.Type, _ text: String) throws {
        #expect(try JSON.write(Value(json: parse(text)).json()) == Array(text.utf8))
    }

    static let envelopes = [
        #"{"jsonrpc":"2.0","id":1,"method":"m","params":{}}"#,
        #"{"jsonrpc":"2.0","method":"m","params":{"a":1}}"#,
        #"{"jsonrpc":"2.0","id":0,"result":{}}"#,
        #"{"jsonrpc":"2.0","id":9,"error":{"code":-32000,"message":"m","data":{"code":"unavailable","retry_after_ms":5,"return_to":"/"}}}"#,
    ]

    @Test(arguments: envelopes)
    func `an envelope is written as it was read`(_ text: String) throws {
        #expect(try Envelope(Array(text.utf8)).encoded() == Array(text.utf8))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"id":1,"method":"m","params":{}}"#, #"{"jsonrpc":"2.1","id":1,"method":"m","params":{}}"#,
        #"{"jsonrpc":"2.0","id":"1","method":"m","params":{}}"#, #"{"jsonrpc":"2.0","id":-1,"method":"m","params":{}}"#,
        #"{"jsonrpc":"2.0","id":1.0,"method":"m","params":{}}"#,
        #"{"jsonrpc":"2.0","id":null,"method":"m","params":{}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"m","params":[]}"#, #"{"jsonrpc":"2.0","id":1,"method":"m"}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"m","params":{},"x":1}"#, #"{"jsonrpc":"2.0","id":1,"result":1}"#,
        #"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":-32000,"message":"m","data":{"code":"unavailable"}}}"#,
        #"{"jsonrpc":"2.0","result":{}}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","data":{"code":"unavailable"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"m","data":{"code":"nonsense"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"m"}}"#,
        #"{"jsonrpc":"2.0","id":1,"id":1,"method":"m","params":{}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"m","params":{}} "x""#,
    ])
    func `an envelope of another shape is refused`(_ text: String) {
        #expect(throws: MessageError.self) { try Envelope(Array(text.utf8)) }
    }

    @Test(
        arguments: [
            (1, 0, 0, 0), (1, 0, 1, 0), (1, 0, 3, 1), (1, 1, 1, nil), (1, 2, 9, nil), (2, 0, 0, nil), (0, 0, 0, nil),
        ] as [(Int64, Int64, Int64, Int64?)])
    func `both use the highest minor version that both speak`(
        _ major: Int64, _ lowest: Int64, _ highest: Int64, _ minor: Int64?
    ) {
        let ours = Hello(service: .edge, build: "", lowest: 0, highest: minor == 1 ? 1 : 0)
        let theirs = Hello(service: .broker, build: "", major: major, lowest: lowest, highest: highest)
        #expect(ours.commonMinor(with: theirs) == minor)
        #expect(theirs.commonMinor(with: ours) == minor)
    }

    @Test(arguments: [
        #"{"reason":"cancelled"}"#, #"{"reason":"not_sent","code":"route_unknown","retry_after_ms":4294967295}"#,
    ])
    func `an abort is written as it was read`(_ text: String) {
        #expect(Abort(Array(text.utf8))?.encoded() == Array(text.utf8))
    }

    @Test(arguments: [
        "", "{}", #"{"reason":"x"}"#, #"{"reason":"cancelled","code":"x"}"#, #"{"reason":"cancelled","more":1}"#,
        #"{"reason":"cancelled","retry_after_ms":-1}"#, #"{"reason":1}"#,
    ])
    func `another abort is none`(_ text: String) { #expect(Abort(Array(text.utf8)) == nil) }

    @Test func `what opens a session never prints`() throws {
        let handle = try #require(Handle([UInt8](repeating: 65, count: 32)))
        let pass = try #require(Pass("secret-pass"))
        for text in ["\(handle)", "\(pass)", String(reflecting: handle), String(reflecting: [pass])] {
            #expect(!text.contains("65"))
            #expect(!text.contains("secret"))
        }
    }
}

import Bytes
import OAuth
import Testing

@Suite struct ProviderMetadataTests {
    static let members: Changes = [
        ("issuer", #""https://id.example""#), ("authorization_endpoint", #""https://id.example/auth""#),
        ("token_endpoint", #""https://id.example/token""#), ("jwks_uri", #""https://keys.example/jwks""#),
        ("userinfo_endpoint", #""https://id.example/me""#), ("end_session_endpoint", #""https://id.example/end""#),
        ("revocation_endpoint", #""https://id.example/revoke""#), ("response_types_supported", #"["code","id_token"]"#),
        ("code_challenge_methods_supported", #"["plain","S256"]"#),
        ("authorization_response_iss_parameter_supported", "true"), ("scopes_supported", #"["openid"]"#),
    ]

    static func parse(_ changes: Changes, loopback: Bool = false) throws -> ProviderMetadata {
        try ProviderMetadata(
            parsing: Array(Issuer.text(members, changes).utf8), issuer: "https://id.example",
            allowsLoopbackHTTP: loopback)
    }

    @Test func `a full document is read`() throws {
        let metadata = try Self.parse([])
        #expect(metadata.issuer == "https://id.example")
        #expect(metadata.authorizationEndpoint.url == "https://id.example/auth")
        #expect(metadata.tokenEndpoint.url == "https://id.example/token")
        #expect(metadata.jwksURI.url == "https://keys.example/jwks")
        #expect(metadata.userInfoEndpoint?.url == "https://id.example/me")
        #expect(metadata.revocationEndpoint?.url == "https://id.example/revoke")
        #expect(metadata.endSessionEndpoint?.url == "https://id.example/end")
        #expect(metadata.promisesIssuer)
    }

    @Test func `what is optional may be absent`() throws {
        let metadata = try Self.parse([
            ("userinfo_endpoint", nil), ("end_session_endpoint", "null"), ("revocation_endpoint", nil),
            ("response_types_supported", nil), ("code_challenge_methods_supported", nil),
            ("authorization_response_iss_parameter_supported", nil),
        ])
        #expect(metadata.userInfoEndpoint == nil)
        #expect(metadata.endSessionEndpoint == nil)
        #expect(!metadata.promisesIssuer)
    }

    @Test(arguments: [
        #""https://id.example/""#, #""https://ID.example""#, #""https://evil.example""#, #""https://id.example\u0301""#,
        "null", "1", nil,
    ])
    func `another issuer is refused`(issuer: String?) {
        #expect(throws: MetadataError.issuer) { try Self.parse([("issuer", issuer)]) }
    }

    @Test(arguments: [
        "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint",
        "end_session_endpoint",
    ])
    func `an endpoint that is no https URL is refused`(name: String) {
        for value in [
            #""http://id.example/x""#, #""https://u@id.example/""#, #""/relative""#, "1", #""""#,
            #""http://127.0.0.1/""#,
        ] {
            #expect(throws: MetadataError.member(ByteString(name))) { try Self.parse([(name, value)]) }
        }
    }

    @Test(arguments: ["authorization_endpoint", "token_endpoint", "jwks_uri"])
    func `an endpoint that is needed must be there`(name: String) {
        #expect(throws: MetadataError.member(ByteString(name))) { try Self.parse([(name, nil)]) }
    }

    @Test func `plain http on this machine is for providers configured so`() throws {
        let changes: Changes = [("token_endpoint", #""http://127.0.0.1:9000/token""#)]
        #expect(try Self.parse(changes, loopback: true).tokenEndpoint.url == "http://127.0.0.1:9000/token")
        #expect(throws: MetadataError.member("token_endpoint")) {
            try Self.parse([("token_endpoint", #""http://10.0.0.1/token""#)], loopback: true)
        }
    }

    @Test func `a provider without code or S256 is refused`() {
        #expect(throws: MetadataError.unsupported("response_types_supported")) {
            try Self.parse([("response_types_supported", #"["id_token","code token"]"#)])
        }
        #expect(throws: MetadataError.unsupported("code_challenge_methods_supported")) {
            try Self.parse([("code_challenge_methods_supported", #"["plain","s256"]"#)])
        }
        #expect(throws: MetadataError.member("code_challenge_methods_supported")) {
            try Self.parse([("code_challenge_methods_supported", #""S256""#)])
        }
        #expect(throws: MetadataError.member("authorization_response_iss_parameter_supported")) {
            try Self.parse([("authorization_response_iss_parameter_supported", #""true""#)])
        }
    }

    @Test(arguments: ["", "[]", "<html>", #"{"issuer":"https://id.example","issuer":"https://id.example"}"#])
    func `what is no document is refused`(text: String) {
        #expect(throws: MetadataError.malformed) {
            try ProviderMetadata(parsing: Array(text.utf8), issuer: "https://id.example")
        }
    }

    @Test func `a document above 256 KiB is refused`() {
        #expect(throws: MetadataError.malformed) {
            try Self.parse([("x", "\"" + String(repeating: "a", count: 256 * 1024) + "\"")])
        }
    }

    @Test(arguments: [
        ("https://id.example", "https://id.example/.well-known/openid-configuration"),
        ("https://id.example/", "https://id.example/.well-known/openid-configuration"),
        ("https://id.example/realms/a", "https://id.example/realms/a/.well-known/openid-configuration"),
    ])
    func `the document is below the issuer`(issuer: String, location: String) {
        #expect(ProviderMetadata.location(issuer: ByteString(issuer))?.url == ByteString(location))
    }

    @Test(arguments: ["https://id.example?x", "http://id.example", "https://id.example/#a", "id.example"])
    func `a URL with query, fragment or without TLS is no issuer`(issuer: String) {
        #expect(ProviderMetadata.location(issuer: ByteString(issuer), allowsLoopbackHTTP: true) == nil)
    }
}

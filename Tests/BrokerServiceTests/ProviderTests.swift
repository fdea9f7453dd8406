import Bytes
import JSON
import OAuth
import Operations
import Platform
import Testing

@testable import BrokerService

private let metadata: JSONValue = [
    "issuer": "https://id.example", "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/keys",
]

private let discovery: ByteString = "/.well-known/openid-configuration"

@Suite struct ProviderTests {
    private let transport = ScriptedProvider()

    private func withProvider<Result: Sendable>(
        _ body: @escaping @Sendable (Provider) async throws -> Result
    ) async throws -> Result {
        let thread = try LoopThread()
        defer { thread.stopAndJoin() }
        let client = Client(id: "app", authentication: .basic(Secret("secret")))
        let configuration = ProviderConfiguration(
            name: "main", issuer: "https://id.example", client: client, scopes: ["openid"], redirectURIs: [:],
            rules: IDTokenRules(issuer: "https://id.example", clientID: "app"))
        let log = Log(service: "test", level: .error)
        let provider = Provider(configuration, loop: thread.loop, transport: transport, log: log)
        return try await Task(executorPreference: thread.loop) { try await body(provider) }.value
    }

    @Test func `metadata is fetched once, by however many ask at once`() async throws {
        transport.always(discovery, json(metadata))
        let endpoints = try await withProvider { provider in
            try await withThrowingTaskGroup(of: ByteString.self) { group in
                for _ in 0..<50 { group.addTask { try await provider.knownMetadata().tokenEndpoint.url } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
        }
        #expect(endpoints == ["https://id.example/token"])
        #expect(transport.count(discovery) == 1)
    }

    @Test(
        arguments: [
            json(["issuer": "https://id.example/"]), json([]),
            .answered(status: 301, contentType: nil, retryAfter: nil, body: Secret(.empty)),
            .answered(status: 500, contentType: nil, retryAfter: nil, body: Secret(.empty)), .lost("reset"),
            .notSent("refused"),
        ] as [ProviderReply])
    func `without good metadata the provider is unavailable, and is not asked again at once`(
        reply: ProviderReply
    ) async throws {
        transport.always(discovery, reply)
        try await withProvider { provider in
            for _ in 0..<10 {
                await #expect(throws: ProviderUnavailable.self) { _ = try await provider.knownMetadata() }
            }
        }
        #expect(transport.count(discovery) == 1)
    }

    @Test func `a token with an unknown key causes one fetch of the keys more, and no second one`() async throws {
        transport.always(discovery, json(metadata))
        transport.always("/keys", json(["keys": []]))
        // A header with `RS256` and a key id, claims for this client, and no signature that counts.
        let header = Base64.encodeURL(Array(#"{"alg":"RS256","kid":"nobody"}"#.utf8))
        let claims = Base64.encodeURL(
            Array(#"{"iss":"https://id.example","aud":"app","sub":"a","exp":4000000000,"iat":1,"nonce":"n"}"#.utf8))
        let token = UnverifiedIDToken(Secret(header + "." + claims + ".AAAA"))
        let faults = try await withProvider { provider in
            var faults: [TokenFault] = []
            for _ in 0..<20 {
                let result = try await provider.verify(token, .login(nonce: "n", accessToken: nil))
                if case .failure(let fault) = result { faults.append(fault) }
            }
            return faults
        }
        #expect(faults == Array(repeating: .unknownKey, count: 20))
        #expect(transport.count("/keys") == 2)
    }

    @Test func `a token whose key is just being fetched for another one waits for it`() async throws {
        transport.always(discovery, json(metadata))
        transport.script("/keys", json(["keys": []]))
        let gate = Gate()
        transport.script("/keys") { _ in
            await gate.pass()
            return json(try SigningKey.shared().set)
        }
        let key = try SigningKey.shared()
        let token = try key.idToken(issuer: "https://id.example", client: "app", subject: "a", nonce: "n")
        let results = try await withProvider { provider in
            // The first set of keys is empty; from now on it is known.
            _ = try await provider.verify(UnverifiedIDToken(Secret("x")), .login(nonce: "n", accessToken: nil))
            async let first = provider.verify(token, .login(nonce: "n", accessToken: nil))
            await gate.reached()
            async let second = provider.verify(token, .login(nonce: "n", accessToken: nil))
            // Everything that can happen before the keys come has happened.
            await provider.loop.sleep(.milliseconds(20))
            await gate.open()
            return [try await first, try await second].map { (try? $0.get())?.subject }
        }
        #expect(results == ["a", "a"])
    }

    @Test func `a token request is sent once, whatever comes of it`() async throws {
        transport.always(discovery, json(metadata))
        transport.always("/token", .lost("reset"))
        let isLost = try await withProvider { provider in
            let answer = try await provider.exchange(
                code: Secret("code"), verifier: Secret("verifier"), redirectURI: "https://app.example/bff/callback")
            if case .lost = answer { return true }
            return false
        }
        #expect(isLost)
        #expect(transport.count("/token") == 1)
    }
}

internal import Bytes
internal import HTTP
internal import HTTPClient
internal import OAuth
internal import Platform

/// The broker's way out: one HTTP client for all providers.
actor ProviderHTTP: ProviderTransport {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private let client: HTTPClient

    /// `authorities`: a PEM file with the only authorities to trust; nil means the system's. `issuers`: as configured.
    /// Only they may name loopback or link-local addresses: an endpoint that a provider's document names leads to none,
    /// unless an issuer is on this machine anyway.
    init(_ loop: Loop, authorities: String?, issuers: [ByteString]) throws(SystemError) {
        self.loop = loop
        var configuration = HTTPClientConfiguration()
        configuration.caFile = authorities
        configuration.connectionsPerOrigin = 64
        configuration.idlePerOrigin = 8
        // Requests that are not repeatable should not meet a connection that the provider is just closing.
        configuration.idleTime = .seconds(3)
        configuration.addresses = Self.addresses(issuers)
        client = try HTTPClient(loop, configuration)
    }

    static func addresses(_ issuers: [ByteString]) -> @Sendable (Origin) -> AddressPolicy {
        let origins = issuers.compactMap { HTTPURL($0)?.origin }
        let others = AddressPolicy(allowed: origins.contains { $0.scheme == .http } ? .loopback : [])
        return { origin in
            origins.contains { $0.host == origin.host } ? AddressPolicy(for: origin) : others
        }
    }

    func send(_ request: ProviderRequest, deadline: Instant) async -> ProviderReply {
        guard let prepared = request.prepared() else { return .notSent("the URL cannot be requested") }
        let left = deadline - loop.now
        guard left > .zero else { return .notSent("no time left") }
        do {
            let response = try await client.fetch(
                prepared, body: request.form?.body.reveal(), limit: request.limit,
                ExchangeDeadlines(connect: min(left, .seconds(5)), firstByte: left, idle: left, total: left))
            return .answered(
                status: response.status, contentType: response.fields.only(.contentType),
                retryAfter: response.fields[.retryAfter].flatMap { Decimal.parse($0) }, body: Secret(response.body))
        } catch {
            let reason = "\(error.phase): \(error.kind) \(error.detail)"
            return error.sent ? .lost(reason) : .notSent(reason)
        }
    }
}

extension ProviderRequest {
    /// The request as the HTTP client takes it.
    fileprivate func prepared() -> ClientRequest? {
        guard let url = HTTPURL(endpoint.url) else { return nil }
        var fields = HTTPFields()
        guard add(.accept, FormRequest.accept, to: &fields) else { return nil }
        guard let form else {
            if let bearer, !add(.authorization, "Bearer " + ByteString(bearer.reveal()), to: &fields) { return nil }
            return ClientRequest(.get, url, fields: fields)
        }
        if let authorization = form.authorization, !add(.authorization, ByteString(authorization.reveal()), to: &fields)
        {
            return nil
        }
        guard add(.contentType, FormRequest.contentType, to: &fields) else { return nil }
        return ClientRequest(.post, url, fields: fields)
    }

    private func add(_ name: FieldName, _ value: ByteString, to fields: inout HTTPFields) -> Bool {
        guard let value = FieldValue(value) else { return false }
        fields.append(name, value)
        return true
    }
}

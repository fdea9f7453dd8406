internal import Bytes
internal import OAuth
internal import Platform

/// One request to a provider.
struct ProviderRequest: Sendable {
    var endpoint: Endpoint
    /// Sent by POST; without it the request is a GET.
    var form: FormRequest?
    /// An access token for the UserInfo endpoint.
    var bearer: Secret?
    /// The most octets of an answer.
    var limit: Int
}

/// What became of it.
enum ProviderReply: Sendable {
    /// A whole answer. `retryAfter`: the value of that field in seconds.
    case answered(status: UInt16, contentType: ByteString?, retryAfter: UInt64?, body: Secret)
    /// The request did not leave: no address, no connection, no trust in the certificate.
    case notSent(String)
    /// The request may have been carried out; its answer did not come whole and in time.
    case lost(String)
}

/// The way out to providers. Follows no redirect and sends every request at most once.
protocol ProviderTransport: Sendable {
    func send(_ request: ProviderRequest, deadline: Instant) async -> ProviderReply
}

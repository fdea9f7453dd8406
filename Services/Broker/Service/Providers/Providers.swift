internal import Bytes
internal import Messages
internal import OAuth

/// All providers by name.
struct Providers: Sendable {
    private let byName: [ByteString: Provider]
    /// The one that is meant when a login names none: the first of the configuration.
    private let first: Provider?

    init(_ providers: [Provider]) {
        byName = Dictionary(providers.map { ($0.configuration.name, $0) }, uniquingKeysWith: { first, _ in first })
        first = providers.first
    }

    func named(_ name: ByteString?) throws(CallError) -> Provider {
        guard let provider = name.map({ byName[$0] }) ?? first else { throw CallError(.providerUnknown) }
        return provider
    }
}

extension ProviderUnavailable {
    /// What an edge or a worker is told.
    var refusal: CallError {
        CallError(.providerUnavailable, retryAfterMilliseconds: max(1, retryAfter.components.seconds) * 1000)
    }
}

extension Provider {
    func metadataOrRefusal() async throws(CallError) -> ProviderMetadata {
        do { return try await knownMetadata() } catch { throw error.refusal }
    }
}

/// All targets by name.
struct Targets: Sendable {
    private let byName: [ByteString: Target]

    init(_ targets: [Target]) {
        byName = Dictionary(targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(_ name: ByteString) -> Target? { byName[name] }

    /// Those of a provider that the login's own token serves: the ones that need none of their own.
    func servedByLogin(of provider: ByteString) -> [Target] {
        byName.values.filter { $0.provider == provider && $0.resource == nil }.sorted { $0.name < $1.name }
    }

    /// Every claim that some target lists.
    var claims: [ByteString] { Array(Set(byName.values.flatMap(\.claims))).sorted() }
}

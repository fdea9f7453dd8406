public import Bytes
internal import JSON

/// A provider's description of itself (OpenID Connect Discovery §3, RFC 8414 §2), checked.
public struct ProviderMetadata: Hashable, Sendable {
    public let issuer: ByteString
    public let authorizationEndpoint: Endpoint
    public let tokenEndpoint: Endpoint
    public let jwksURI: Endpoint
    public let userInfoEndpoint: Endpoint?
    public let revocationEndpoint: Endpoint?
    public let endSessionEndpoint: Endpoint?
    /// Whether authorization answers carry `iss` (RFC 9207 §3).
    public let promisesIssuer: Bool

    /// The most octets of a document.
    public static let maximumSize = 256 * 1024

    /// Where the document of an issuer is (Discovery §4), nil when this is no issuer: a URL without a query.
    public static func location(issuer: ByteString, allowsLoopbackHTTP: Bool = false) -> Endpoint? {
        guard let endpoint = Endpoint(issuer, allowsLoopbackHTTP: allowsLoopbackHTTP), endpoint.query == nil else {
            return nil
        }
        let base = issuer.hasSuffix("/") ? ByteString(issuer.bytes.dropLast()) : issuer
        return Endpoint(base + "/.well-known/openid-configuration", allowsLoopbackHTTP: allowsLoopbackHTTP)
    }

    /// Reads a document. `issuer` is the configured one, and the document's must be the same octet by octet;
    /// `allowsLoopbackHTTP` is for a provider that is configured with a loopback address itself.
    public init(
        parsing document: [UInt8], issuer: ByteString, allowsLoopbackHTTP: Bool = false
    ) throws(MetadataError) {
        let reader = try MetadataReader(document, allowsLoopbackHTTP: allowsLoopbackHTTP)
        guard reader.object["issuer"]?.string == issuer else { throw .issuer }
        self.issuer = issuer
        authorizationEndpoint = try reader.required("authorization_endpoint")
        tokenEndpoint = try reader.required("token_endpoint")
        jwksURI = try reader.required("jwks_uri")
        userInfoEndpoint = try reader.optional("userinfo_endpoint")
        revocationEndpoint = try reader.optional("revocation_endpoint")
        endSessionEndpoint = try reader.optional("end_session_endpoint")
        promisesIssuer = try reader.flag("authorization_response_iss_parameter_supported")
        try reader.require("code", in: "response_types_supported")
        try reader.require(PKCE.method, in: "code_challenge_methods_supported")
    }
}

/// Why a provider's metadata is refused.
public enum MetadataError: Error, Hashable, Sendable {
    /// Too long, not JSON, or no object.
    case malformed
    /// Another issuer than the configured one.
    case issuer
    /// A member that is missing, of another type, or no https URL.
    case member(ByteString)
    /// The list of this name is there and lacks what we need.
    case unsupported(ByteString)
}

extension MetadataError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "too long, or no JSON object"
        case .issuer: "the document names another issuer than the configuration"
        case .member(let name): "\(name) is missing or not usable"
        case .unsupported(let name): "\(name) lacks what is needed"
        }
    }
}

/// Reads typed members.
private struct MetadataReader {
    let object: JSONObject
    let allowsLoopbackHTTP: Bool

    init(_ document: [UInt8], allowsLoopbackHTTP: Bool) throws(MetadataError) {
        let limits = JSONLimits(bytes: ProviderMetadata.maximumSize, members: 4096)
        guard case .object(let object)? = try? JSON.parse(document, limits: limits) else { throw .malformed }
        self.object = object
        self.allowsLoopbackHTTP = allowsLoopbackHTTP
    }

    func required(_ name: ByteString) throws(MetadataError) -> Endpoint {
        guard let endpoint = try optional(name) else { throw .member(name) }
        return endpoint
    }

    func optional(_ name: ByteString) throws(MetadataError) -> Endpoint? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let url = value.string, let endpoint = Endpoint(url, allowsLoopbackHTTP: allowsLoopbackHTTP) else {
            throw .member(name)
        }
        return endpoint
    }

    func flag(_ name: ByteString) throws(MetadataError) -> Bool {
        guard let value = object[name] else { return false }
        guard let flag = value.bool else { throw .member(name) }
        return flag
    }

    /// A list that is absent says nothing; one that is there must hold the element.
    func require(_ element: ByteString, in name: ByteString) throws(MetadataError) {
        guard let value = object[name] else { return }
        guard let list = value.array else { throw .member(name) }
        guard list.contains(.string(element)) else { throw .unsupported(name) }
    }
}

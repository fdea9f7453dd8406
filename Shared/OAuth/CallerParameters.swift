public import Bytes
internal import HTTP

/// The parameters of an authorization request that the caller of a login may choose (OpenID Connect Core §3.1.2.1);
/// all others come from configuration.
public struct CallerParameters: Hashable, Sendable {
    public private(set) var prompt: ByteString?
    public private(set) var loginHint: ByteString?
    /// Seconds since the user last signed in actively.
    public private(set) var maximumAge: Int64?
    public private(set) var acrValues: [ByteString] = []
    public private(set) var uiLocales: ByteString?

    public init() {}

    /// Nil when a value is empty, too long or not of its parameter's form.
    public init?(
        prompt: ByteString? = nil, loginHint: ByteString? = nil, maximumAge: Int64? = nil, acrValues: ByteString? = nil,
        uiLocales: ByteString? = nil
    ) {
        guard prompt.map(Self.isPrompt) ?? true, loginHint.map(Self.isText) ?? true,
            (0...999_999_999).contains(maximumAge ?? 0), acrValues.map(Self.isText) ?? true,
            uiLocales.map(Self.isLocales) ?? true
        else { return nil }
        self.prompt = prompt
        self.loginHint = loginHint
        self.maximumAge = maximumAge
        self.acrValues = acrValues.map(words) ?? []
        self.uiLocales = uiLocales
    }

    func append(to parameters: inout Form) {
        parameters.append("prompt", prompt)
        parameters.append("login_hint", loginHint)
        parameters.append("max_age", maximumAge.map { Decimal.encode(UInt64($0)) })
        if !acrValues.isEmpty { parameters.append("acr_values", joined(acrValues)) }
        parameters.append("ui_locales", uiLocales)
    }

    /// `none` alone, or words such as `login` and `select_account`.
    private static func isPrompt(_ value: ByteString) -> Bool {
        let prompts = words(value)
        return isText(value) && !prompts.isEmpty && (prompts.count == 1 || !prompts.contains("none"))
            && prompts.allSatisfy { $0.bytes.allSatisfy { ASCII.isLetter($0) || $0 == UInt8(ascii: "_") } }
    }

    private static func isText(_ value: ByteString) -> Bool {
        (1...512).contains(value.count) && value.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private static func isLocales(_ value: ByteString) -> Bool {
        isText(value) && value.bytes.allSatisfy { ASCII.isAlphanumeric($0) || " -".utf8.contains($0) }
    }
}

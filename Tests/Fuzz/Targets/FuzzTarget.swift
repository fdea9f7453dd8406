/// The parsers that are fed with arbitrary octets, each with the properties that must hold whatever they are.
///
/// The same functions run in the unit tests (corpora and mutations of them) and under libFuzzer.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case request, response, chunked, cookies, target, frame, link, pair, head, message, json, token, text

    /// Throws a `Violation` when a property does not hold; crashes where the product does.
    public func check(_ input: [UInt8]) throws {
        switch self {
        case .request: try RequestProperties.check(input)
        case .response: try ResponseProperties.check(input)
        case .chunked: try ChunkedProperties.check(input)
        case .cookies: try CookieProperties.check(input)
        case .target: try TargetProperties.check(input)
        case .frame: try FrameProperties.check(input)
        case .link: try LinkProperties.check(input)
        case .pair: try PairProperties.check(input)
        case .head: try HeadProperties.check(input)
        case .message: try MessageProperties.check(input)
        case .json: try JSONProperties.check(input)
        case .token: try TokenProperties.check(input)
        case .text: try TextProperties.check(input)
        }
    }
}

/// A property that does not hold.
public struct Violation: Error, CustomStringConvertible {
    public let description: String
}

func require(_ holds: Bool, _ property: @autoclosure () -> String) throws {
    guard holds else { throw Violation(description: property()) }
}

/// The value, which must be there.
func require<Value>(_ value: Value?, _ property: @autoclosure () -> String) throws -> Value {
    guard let value else { throw Violation(description: property()) }
    return value
}

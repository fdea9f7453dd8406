import Bytes
import HTTP
import Session
import Testing

/// Fetch metadata as a request carries them; nil leaves a field out.
func metadata(
    site: FieldValue? = nil, mode: FieldValue? = nil, destination: FieldValue? = nil, origin: FieldValue? = nil,
    purpose: FieldValue? = nil
) -> FetchMetadata {
    var fields = HTTPFields()
    if let site { fields.append(.secFetchSite, site) }
    if let mode { fields.append(.secFetchMode, mode) }
    if let destination { fields.append(.secFetchDest, destination) }
    if let origin { fields.append(.origin, origin) }
    if let purpose { fields.append(.secPurpose, purpose) }
    return FetchMetadata(fields)
}

@Suite struct CSRF {
    struct Row: Sendable {
        var rule = CSRFRule.header
        var method = HTTPMethod.get
        var site: FieldValue?
        var origin: FieldValue?
        var hasHeader = true
        var expected: CSRFRule.Refusal?
    }

    static let rows: [Row] = [
        Row(site: "same-origin"), Row(site: "same-origin", origin: "https://app.example"), Row(),
        Row(origin: "https://app.example"), Row(site: "same-site", origin: "https://www.app.example"),
        Row(origin: "https://www.app.example"), Row(method: .post, site: "same-origin", origin: "https://app.example"),
        // Another origin, whatever it sends.
        Row(site: "cross-site", expected: .foreignOrigin), Row(site: "same-site", expected: .foreignOrigin),
        Row(site: "same-site", origin: "https://app.example", expected: .foreignOrigin),
        Row(site: "same-origin", origin: "https://www.app.example", expected: .foreignOrigin),
        Row(site: "none", expected: .foreignOrigin), Row(site: "new-value", expected: .foreignOrigin),
        Row(site: "same-origin", origin: "https://evil.example", expected: .foreignOrigin),
        Row(site: "same-origin", origin: "null", expected: .foreignOrigin),
        Row(origin: "null", expected: .foreignOrigin),
        Row(origin: "https://app.example.evil", expected: .foreignOrigin),
        Row(origin: "http://app.example", expected: .foreignOrigin), Row(origin: "x", expected: .foreignOrigin),
        Row(site: "cross-site", origin: "https://www.app.example", expected: .foreignOrigin),
        Row(site: "same-site", origin: "https://evil.app.example", expected: .foreignOrigin),
        Row(site: "same-site", origin: "https://app.example", expected: .foreignOrigin),
        // Without the header.
        Row(hasHeader: false, expected: .headerMissing),
        Row(site: "same-origin", hasHeader: false, expected: .headerMissing),
        Row(site: "none", hasHeader: false, expected: .headerMissing),
        Row(site: "cross-site", hasHeader: false, expected: .foreignOrigin),
        Row(rule: .sameOrigin, site: "same-origin", hasHeader: false),
        Row(rule: .sameOrigin, method: .head, site: "same-origin", hasHeader: false),
        Row(rule: .sameOrigin, method: .post, site: "same-origin", hasHeader: false, expected: .headerMissing),
        Row(rule: .sameOrigin, method: .options, site: "same-origin", hasHeader: false, expected: .headerMissing),
        Row(rule: .sameOrigin, hasHeader: false, expected: .headerMissing),
        Row(
            rule: .sameOrigin, site: "same-site", origin: "https://www.app.example", hasHeader: false,
            expected: .headerMissing),
        Row(rule: .sameOrigin, method: .post, site: "same-origin"),
        Row(rule: .none, method: .post, site: "cross-site", origin: "https://evil.example", hasHeader: false),
    ]

    @Test(arguments: rows) func `a request of another site is refused before anything else happens`(_ row: Row) {
        let refusal = row.rule.refusal(
            row.method, metadata(site: row.site, origin: row.origin), hasHeader: row.hasHeader,
            own: "https://app.example",
            trusted: ["https://www.app.example"])
        #expect(refusal == row.expected)
    }
}

@Suite struct Arrivals {
    struct Row: Sendable {
        var method = HTTPMethod.get
        var site: FieldValue? = "same-origin"
        var mode: FieldValue? = "navigate"
        var destination: FieldValue? = "document"
        var purpose: FieldValue?
        var hasSession = false
        var hasCookie = false
        var wantsPage = true
        var expected: Arrival
    }

    static let rows: [Row] = [
        Row(hasSession: true, expected: .serve), Row(site: "cross-site", hasSession: true, expected: .serve),
        Row(expected: .login), Row(site: "none", expected: .login), Row(site: "same-site", expected: .login),
        Row(hasCookie: true, expected: .login), Row(site: "cross-site", hasCookie: true, expected: .login),
        Row(site: "cross-site", expected: .bounce), Row(site: nil, mode: nil, destination: nil, expected: .login),
        Row(purpose: "prefetch", expected: .refuse),
        Row(site: "cross-site", purpose: "prefetch;prerender", expected: .refuse),
        Row(method: .head, expected: .refuse), Row(method: .post, site: "cross-site", expected: .refuse),
        Row(mode: "no-cors", destination: "image", expected: .refuse),
        Row(mode: "cors", destination: "empty", expected: .refuse),
        Row(destination: "iframe", expected: .refuse), Row(wantsPage: false, expected: .refuse),
    ]

    @Test(arguments: rows) func `who arrives without a session is sent where a session can come from`(_ row: Row) {
        let facts = metadata(site: row.site, mode: row.mode, destination: row.destination, purpose: row.purpose)
        let arrival = Arrival(
            row.method, facts, hasSession: row.hasSession, hasCookie: row.hasCookie, wantsPage: row.wantsPage)
        #expect(arrival == row.expected)
    }

    @Test func `the page that a bounce leads to is not bounced again`() {
        let first = Arrival(
            .get, metadata(site: "cross-site", mode: "navigate", destination: "document"), hasSession: false,
            hasCookie: false, wantsPage: true)
        let second = Arrival(
            .get, metadata(site: "same-origin", mode: "navigate", destination: "document"), hasSession: false,
            hasCookie: false, wantsPage: true)
        #expect(first == .bounce)
        #expect(second == .login)
    }

    @Test func `a login begins in a tab of its own only`() {
        #expect(Arrival.mayLogIn(.get, metadata(site: "cross-site", mode: "navigate", destination: "document")))
        #expect(Arrival.mayLogIn(.get, metadata()))
        #expect(!Arrival.mayLogIn(.head, metadata()))
        #expect(!Arrival.mayLogIn(.get, metadata(mode: "no-cors", destination: "image")))
        #expect(!Arrival.mayLogIn(.get, metadata(mode: "navigate", destination: "iframe")))
        #expect(!Arrival.mayLogIn(.get, metadata(mode: "navigate", destination: "document", purpose: "prefetch")))
    }
}

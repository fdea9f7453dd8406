import Bytes
import HTTP
import Testing

@Suite struct FetchMetadataTests {
    @Test func `nothing said is nothing known`() {
        let metadata = FetchMetadata(fields(("Host", "a")))
        #expect(!metadata.isPresent)
        #expect(metadata == FetchMetadata([:]))
        #expect(metadata.isTopLevelNavigation)
    }

    @Test func `a navigation of the user`() {
        let metadata = FetchMetadata(
            fields(
                ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
                ("Sec-Fetch-User", "?1")))
        #expect(metadata.site == FetchMetadata.Site.none)
        #expect(metadata.mode == .navigate)
        #expect(metadata.destination == .document)
        #expect(metadata.isUserActivated)
        #expect(metadata.isTopLevelNavigation)
        #expect(!metadata.isSpeculative)
    }

    @Test(
        arguments: [
            ("same-origin", .sameOrigin), ("same-site", .sameSite), ("cross-site", .crossSite), ("none", .none),
            ("Same-Origin", .other), ("same-origin, same-origin", .other), ("", .other), ("x", .other),
            ("\"none\"", .other),
        ] as [(String, FetchMetadata.Site)])
    func `sites are known in one spelling`(_ text: String, _ site: FetchMetadata.Site) {
        #expect(FetchMetadata(fields(("Sec-Fetch-Site", text))).site == site)
    }

    @Test(
        arguments: [
            ("navigate", .navigate), ("nested-navigate", .nestedNavigate), ("cors", .cors), ("no-cors", .noCors),
            ("same-origin", .sameOrigin), ("websocket", .webSocket), ("webtransport", .other), ("NAVIGATE", .other),
        ] as [(String, FetchMetadata.Mode)])
    func `modes are known in one spelling`(_ text: String, _ mode: FetchMetadata.Mode) {
        #expect(FetchMetadata(fields(("Sec-Fetch-Mode", text))).mode == mode)
    }

    @Test(
        arguments: [
            ("document", .document), ("empty", .empty), ("iframe", .frame), ("frame", .frame), ("object", .frame),
            ("embed", .frame), ("fencedframe", .frame), ("image", .image), ("script", .script), ("style", .style),
            ("video", .other),
        ] as [(String, FetchMetadata.Destination)])
    func `destinations are known`(_ text: String, _ destination: FetchMetadata.Destination) {
        #expect(FetchMetadata(fields(("Sec-Fetch-Dest", text))).destination == destination)
    }

    @Test func `a repeated field says nothing that can be trusted`() {
        let metadata = FetchMetadata(
            fields(
                ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "same-origin"), ("Origin", "https://a"),
                ("Origin", "https://a"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Mode", "cors"),
                ("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Dest", "empty")))
        #expect(metadata.site == .other)
        #expect(metadata.origin == .other)
        #expect(metadata.mode == .other)
        #expect(metadata.destination == .other)
    }

    @Test(arguments: [
        ("Sec-Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"),
        ("X-Moz", "prefetch"),
    ])
    func `what nobody looks at yet is speculative`(_ name: String, _ value: String) {
        let metadata = FetchMetadata(fields(("Sec-Fetch-Mode", "navigate"), (name, value)))
        #expect(metadata.isSpeculative)
        #expect(!metadata.isTopLevelNavigation)
    }

    @Test(arguments: ["iframe", "image", "empty"])
    func `a framed or embedded request is no top-level navigation`(_ destination: String) {
        let metadata = FetchMetadata(fields(("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", destination)))
        #expect(!metadata.isTopLevelNavigation)
    }

    @Test(
        arguments: [
            ("null", .null), ("https://a.example", .origin("https://a.example")),
            ("https://A.Example", .origin("https://a.example")),
            ("https://a:443", .origin("https://a")), ("http://a:80", .origin("http://a")),
            ("http://a:443", .origin("http://a:443")),
            ("http://[::1]:8080", .origin("http://[::1]:8080")), ("https://a/", .other), ("https://", .other),
            ("a", .other),
            ("https://u@a", .other), ("ftp://a", .other), ("https://a https://b", .other), ("", .other),
            ("NULL", .other),
            ("https://a?", .other), ("https://a#", .other), ("https:a", .other), ("https://a:99999", .other),
        ] as [(String, FetchMetadata.Origin)])
    func `origins have one spelling`(_ text: String, _ origin: FetchMetadata.Origin) {
        #expect(FetchMetadata(fields(("Origin", text))).origin == origin)
    }
}

@Suite struct MediaTypeTests {
    @Test(
        arguments: [
            ("application/json", "application/json", nil), ("Application/JSON", "application/json", nil),
            ("text/html; charset=UTF-8", "text/html", "utf-8"), ("text/html;charset=\"utf-8\"", "text/html", "utf-8"),
            ("text/plain; a=b; charset=x", "text/plain", "x"), ("text/html;", "text/html", nil),
            ("application/problem+json", "application/problem+json", nil), ("text/html ;a=b", "text/html", nil),
            ("text", nil, nil), ("text/", nil, nil), ("/html", nil, nil), ("text/html/x", nil, nil),
            ("text /html", nil, nil),
            ("text/html; charset", nil, nil), ("text/html; charset=", nil, nil), ("text/html; =x", nil, nil),
            ("", nil, nil),
            ("text/html; charset=a; charset=b", nil, nil), ("text/html; charset=\"a", nil, nil),
            ("text/html, text/plain", nil, nil),
            ("text/html; charset=a b", nil, nil), ("text/h\u{E9}tml", nil, nil),
            ("text/html; charset=\"a\\b\"", nil, nil),
        ] as [(String, String?, String?)])
    func `media types are read`(_ text: String, _ name: String?, _ charset: String?) {
        let type = MediaType(ByteString(octets(text)))
        #expect(type?.name == name.map { ByteString($0) })
        #expect(type?.charset == charset.map { ByteString($0) })
    }

    @Test func `a repeated Content-Type is none`() {
        #expect(MediaType(fields(("Content-Type", "a/b"), ("Content-Type", "a/b"))) == nil)
        #expect(MediaType(fields(("Content-Type", "a/b")))?.name == "a/b")
    }

    @Test(
        arguments: [
            ([("Accept", "text/html,application/xml;q=0.9")], true), ([("Accept", "*/*")], true), ([], false),
            ([("Accept", "application/xhtml+xml")], true), ([("Accept", "Text/HTML;q=0.1")], true),
            ([("Accept", "application/json")], false),
            ([("Accept", "application/json"), ("Accept", "text/html")], true),
            ([("Accept", "*/*"), ("X-Requested-With", "XMLHttpRequest")], false), ([("Accept", "text/htmlx")], false),
            ([("Accept", "*/*"), ("Sec-Fetch-Mode", "cors")], false),
            ([("Accept", "*/*"), ("Sec-Fetch-Mode", "navigate")], true),
            ([("Accept", "*/*"), ("Sec-Fetch-Dest", "empty")], false),
            ([("Accept", "*/*"), ("Sec-Fetch-Dest", "document")], true),
            ([("Accept", "*/*"), ("Sec-Fetch-Dest", "iframe")], false),
        ] as [([(String, String)], Bool)])
    func `a page is for whoever waits for one`(_ pairs: [(String, String)], _ accepts: Bool) {
        var all = HTTPFields()
        for (name, value) in pairs { _ = all.append(name: octets(name)[...], value: octets(value)[...]) }
        #expect(all.acceptsHTML == accepts)
    }
}

import HTTP

/// Requests with verdicts, derived from the rules of RFC 9110 and RFC 9112 one by one.
enum RequestCorpus {
    static let all = lines + paths + hosts + fieldLines + framing + chunked + connections

    static let lines: [RequestCase] = [
        .line("GET / HTTP/1.1", .accepted), .line("HEAD / HTTP/1.1", .accepted), .line("POST / HTTP/1.1", .accepted),
        .line("PUT / HTTP/1.1", .accepted), .line("PATCH / HTTP/1.1", .accepted), .line("DELETE / HTTP/1.1", .accepted),
        .line("OPTIONS / HTTP/1.1", .accepted), .line("OPTIONS * HTTP/1.1", .accepted),
        .line("GET / HTTP/1.0", .accepted),
        .line("GET * HTTP/1.1", .refused(.malformedTarget)), .line("TRACE / HTTP/1.1", .refused(.unknownMethod)),
        .line("CONNECT a:443 HTTP/1.1", .refused(.unknownMethod)), .line("get / HTTP/1.1", .refused(.unknownMethod)),
        .line("GETS / HTTP/1.1", .refused(.unknownMethod)), .line("GE / HTTP/1.1", .refused(.unknownMethod)),
        .line("G\u{45}\u{212} / HTTP/1.1", .refused(.malformedRequestLine)),
        .line("G ET / HTTP/1.1", .refused(.malformedRequestLine)),
        .line("GET\t/ HTTP/1.1", .refused(.malformedRequestLine)),
        .line("GET  / HTTP/1.1", .refused(.malformedRequestLine)),
        .line("GET /  HTTP/1.1", .refused(.malformedRequestLine)),
        .line("GET / HTTP/1.1 ", .refused(.malformedRequestLine)),
        .line(" GET / HTTP/1.1", .refused(.malformedRequestLine)),
        .line("GET /a b HTTP/1.1", .refused(.malformedRequestLine)), .line("GET /", .refused(.malformedRequestLine)),
        .line("GET", .refused(.malformedRequestLine)), .line("GET / http/1.1", .refused(.malformedRequestLine)),
        .line("GET / HTTP/1.1.1", .refused(.malformedRequestLine)),
        .line("GET / HTTP/11", .refused(.malformedRequestLine)),
        .line("GET / HTTP/1,1", .refused(.malformedRequestLine)),
        .line("GET / HTTP/01.1", .refused(.malformedRequestLine)),
        .line("GET / HTTPS/1.1", .refused(.malformedRequestLine)),
        .line("GET / HTTP /1.1", .refused(.malformedRequestLine)),
        .line("GET / HTTP/1.2", .refused(.unsupportedVersion)), .line("GET / HTTP/2.0", .refused(.unsupportedVersion)),
        .line("GET / HTTP/0.9", .refused(.unsupportedVersion)), .line("GET / HTTP/9.9", .refused(.unsupportedVersion)),
        .line("FOO / HTTP/3.0", .refused(.unsupportedVersion)),
        .line("GET / HTTP/1.\u{B1}", .refused(.malformedRequestLine)),
        .line("G(T / HTTP/1.1", .refused(.malformedRequestLine)),
        .line("GET\u{0} / HTTP/1.1", .refused(.malformedRequestLine)),
        RequestCase("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .refused(.unsupportedVersion)),
        RequestCase("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", .refused(.malformedRequestLine)),
        RequestCase("GET / HTTP/1.1\nHost: a\n\n", .refused(.badLineEnding)),
        RequestCase("GET / HTTP/1.1\rHost: a\r\r\n", .refused(.malformedRequestLine)),
        RequestCase("GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", .refused(.malformedTarget)),
        RequestCase("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .accepted),
        RequestCase("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .refused(.malformedRequestLine)),
        RequestCase("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .refused(.badLineEnding)),
        RequestCase("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", .refused(.badLineEnding)),
        RequestCase("GET / HTTP/1.1\r\n", .unfinished(after: 0)), RequestCase("GET / HTT", .unfinished(after: 0)),
        RequestCase("", .requests(0)), RequestCase("\r", .unfinished(after: 0)),
        .line("GET /" + String(repeating: "a", count: 8_176) + " HTTP/1.1", .accepted),
        .line("GET /" + String(repeating: "a", count: 8_177) + " HTTP/1.1", .refused(.targetTooLong)),
        RequestCase(String(repeating: "A", count: 9_000), .refused(.targetTooLong)),
    ]

    static let hosts: [RequestCase] = [
        .host("Host: a\r\n", .accepted), .host("host: a.example:8080\r\n", .accepted), .host("HOST:a\r\n", .accepted),
        .host("Host: \t a \t\r\n", .accepted), .host("Host: [::1]\r\n", .accepted),
        .host("Host: [::1]:80\r\n", .accepted),
        .host("Host: [::ffff:10.0.0.1]\r\n", .accepted), .host("Host: 127.0.0.1:1\r\n", .accepted),
        .host("Host: a_b-c.d\r\n", .accepted), .host("", .refused(.badHost)), .host("Host:\r\n", .refused(.badHost)),
        .host("Host: a\r\nHost: a\r\n", .refused(.badHost)), .host("Host: a\r\nhOST: b\r\n", .refused(.badHost)),
        .host("Host: a b\r\n", .refused(.badHost)), .host("Host: a,b\r\n", .refused(.badHost)),
        .host("Host: a/b\r\n", .refused(.badHost)), .host("Host: u@a\r\n", .refused(.badHost)),
        .host("Host: a?b\r\n", .refused(.badHost)), .host("Host: a#b\r\n", .refused(.badHost)),
        .host("Host: a\\b\r\n", .refused(.badHost)), .host("Host: a%62\r\n", .refused(.badHost)),
        .host("Host: a:\r\n", .refused(.badHost)), .host("Host: a:0\r\n", .refused(.badHost)),
        .host("Host: a:65536\r\n", .refused(.badHost)), .host("Host: a:+80\r\n", .refused(.badHost)),
        .host("Host: a:80:80\r\n", .refused(.badHost)), .host("Host: a:8o\r\n", .refused(.badHost)),
        .host("Host: :80\r\n", .refused(.badHost)), .host("Host: .a\r\n", .refused(.badHost)),
        .host("Host: [::1\r\n", .refused(.badHost)), .host("Host: ::1\r\n", .refused(.badHost)),
        .host("Host: []\r\n", .refused(.badHost)), .host("Host: [::g]\r\n", .refused(.badHost)),
        .host("Host: [::1]a\r\n", .refused(.badHost)), .host("Host: [::1%25eth0]\r\n", .refused(.badHost)),
        .host("Host: [1.2.3.4]\r\n", .refused(.badHost)), .host("Host: \u{E4}.example\r\n", .refused(.badHost)),
        .host("Host: http://a\r\n", .refused(.badHost)), .host("H\u{6F}st : a\r\n", .refused(.badFieldName)),
        .host("Host: " + String(repeating: "a", count: 256) + "\r\n", .refused(.badHost)),
        RequestCase("GET / HTTP/1.0\r\n\r\n", .accepted),
        RequestCase("GET / HTTP/1.0\r\nHost: \r\n\r\n", .refused(.badHost)),
        .line("GET http://a/ HTTP/1.1", .accepted), .line("GET HTTP://A/x?y HTTP/1.1", .accepted),
        .line("GET https://a/ HTTP/1.1", .accepted), .line("GET http://a HTTP/1.1", .refused(.malformedTarget)),
        .line("GET http://evil/ HTTP/1.1", .refused(.badHost)), .line("GET http://a:80/ HTTP/1.1", .refused(.badHost)),
        .line("GET http://u@a/ HTTP/1.1", .refused(.malformedTarget)),
        .line("GET http:/// HTTP/1.1", .refused(.malformedTarget)),
        .line("GET ftp://a/ HTTP/1.1", .refused(.malformedTarget)),
        .line("GET //a/ HTTP/1.1", .refused(.forbiddenPath)),
        .line("GET a/ HTTP/1.1", .refused(.malformedTarget)),
        .line("GET http://a/../b HTTP/1.1", .refused(.forbiddenPath)),
        .line("GET http:/a/ HTTP/1.1", .refused(.malformedTarget)),
        .line("GET ?x HTTP/1.1", .refused(.malformedTarget)),
    ]

    static let paths: [RequestCase] = goodPaths + ambiguousPaths + encodedSlashes + malformedPaths

    private static let goodPaths: [RequestCase] = [
        "/", "/a", "/a/", "/a/b.c", "/.a", "/..a", "/a..", "/...", "/a.b/..c", "/a;b=c", "/a,b", "/~user", "/a:b",
        "/@me",
        "/a%20b", "/%7Euser", "/caf%C3%A9", "/%E4%BD%A0", "/%F0%9F%98%80", "/a%25b", "/a%252Fb", "/a=b&c", "/a!$'()*+",
        "/a[1]", "/a|b", "/?", "/?a=b", "/?a=/../b", "/?a=%", "/?a=//b", "/?a?b", "/?\"<>\\^`{}", "/a;.", "/a;..",
        "/.well-known/x", "/%2Ea",
    ].map { RequestCase.path($0, .accepted) }

    private static let ambiguousPaths: [RequestCase] =
        [
            "//", "/a//b", "/a//", "/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/a/./b", "/a/../b", "/a/../../b",
            "/%2e", "/%2E%2e", "/.%2e/a", "/%2e./a", "/a/%2E", "/a/%2e%2e/b", "/..;/a", "/..;x=y", "/.;/a", "/a/..;a/b",
            "/%2e%2e;/a", "/..%3b/a", "/a%5cb", "/a%5Cb", "/a\\b", "/\\a", "/..\\a", "/a%00", "/a%0d%0ab", "/a%09",
            "/a%1f", "/a%7F", "/%c0%ae%c0%ae/a", "/%c0%af", "/%C1%9c", "/%e0%80%ae", "/%E0%9f%bf", "/%f0%80%80%ae",
            "/a/..?x", "/.?x", "/a/../", "///", "/a/;/../b", "/;/..",
        ].map { RequestCase.path($0, .refused(.forbiddenPath)) }

    private static let encodedSlashes: [RequestCase] = ["/a%2fb", "/a%2Fb", "/%2f", "/..%2fa", "/%2f..", "/a/%2F%2Fb"]
        .map { .path($0, .refused(.encodedSlash)) }

    private static let malformedPaths: [RequestCase] =
        [
            "/a#b", "/#", "/%", "/%2", "/%zz", "/%u002e", "/a%2gb", "/%+1", "/caf\u{E9}", "/\u{80}", "/a\u{7F}b",
            "/a\u{0}",
            "/a\"b", "/a<b", "/a>b", "/a^b", "/a`b", "/a{b}", "/a\tb", "/?a#b", "/?\u{E9}", "/?\u{7F}", "/?\u{0}",
            "/?a\tb",
            "/\u{B}", "/?\u{1}",
        ].map { RequestCase.path($0, .refused(.malformedTarget)) }
}

import HTTP

extension RequestCorpus {
    static let chunked: [RequestCase] = [
        .chunks("0\r\n\r\n", .accepted), .chunks("5\r\nhello\r\n0\r\n\r\n", .accepted),
        .chunks("00000\r\n\r\n", .accepted),
        .chunks("A\r\n0123456789\r\n0\r\n\r\n", .accepted), .chunks("00000005\r\nhello\r\n0\r\n\r\n", .accepted),
        .chunks("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", .accepted), .chunks("1;a=b\r\nx\r\n0\r\n\r\n", .accepted),
        .chunks("1;a=\"b c\";d\r\nx\r\n0;last\r\n\r\n", .accepted), .chunks("0\r\nX: y\r\n\r\n", .accepted),
        .chunks("0\r\nContent-Length: 5\r\nHost: evil\r\n\r\n", .accepted),
        .chunks("2\r\n\r\n\r\n0\r\n\r\n", .accepted),
        .chunks("0\r\n", .unfinished(after: 0)), .chunks("0\r\n\r", .unfinished(after: 0)),
        .chunks("5\r\nhel", .unfinished(after: 0)),
        .chunks("5", .unfinished(after: 0)), .chunks("5\r\nhello", .unfinished(after: 0)),
        .chunks("ffffffff\r\nx", .unfinished(after: 0)),
        .chunks("\r\n", .refused(.badChunk)), .chunks(";a\r\n", .refused(.badChunk)),
        .chunks(" 5\r\nhello", .refused(.badChunk)),
        .chunks("5 \r\nhello", .refused(.badChunk)), .chunks("5\t\r\nhello", .refused(.badChunk)),
        .chunks("5 ;a\r\nhello", .refused(.badChunk)),
        .chunks("+5\r\nhello", .refused(.badChunk)), .chunks("-5\r\nhello", .refused(.badChunk)),
        .chunks("0x5\r\nhello", .refused(.badChunk)),
        .chunks("5_0\r\nhello", .refused(.badChunk)), .chunks("g\r\n", .refused(.badChunk)),
        .chunks("5g\r\nhello", .refused(.badChunk)),
        .chunks("000000005\r\nhello", .refused(.badChunk)), .chunks("100000000\r\n", .refused(.badChunk)),
        .chunks("ffffffffffffffff\r\n", .refused(.badChunk)),
        .chunks("10000000000000005\r\nhello", .refused(.badChunk)),
        .chunks("5\nhello\n0\n\n", .refused(.badChunk)), .chunks("5\rhello", .refused(.badChunk)),
        .chunks("5\r\rhello", .refused(.badChunk)),
        .chunks("5;\n\r\nhello", .refused(.badChunk)), .chunks("5;a\nb\r\nhello", .refused(.badChunk)),
        .chunks("5;a\rb\r\nhello", .refused(.badChunk)),
        .chunks("5;\u{0}\r\nhello", .refused(.badChunk)), .chunks("5;\u{7F}\r\nhello", .refused(.badChunk)),
        .chunks("5,6\r\nhello", .refused(.badChunk)),
        .chunks("5\r\nhelloworld\r\n0\r\n\r\n", .refused(.badChunk)),
        .chunks("5\r\nhello0\r\n\r\n", .refused(.badChunk)),
        .chunks("5\r\nhello\n0\r\n\r\n", .refused(.badChunk)), .chunks("5\r\nhello\r0\r\n\r\n", .refused(.badChunk)),
        .chunks("6\r\nhello\r\n0\r\n\r\n", .refused(.badChunk)), .chunks("\u{B2}\r\n", .refused(.badChunk)),
        .chunks("5;" + String(repeating: "a", count: 251) + "\r\nhello\r\n0\r\n\r\n", .accepted),
        .chunks("5;" + String(repeating: "a", count: 253) + "\r\nhello\r\n0\r\n\r\n", .refused(.badChunk)),
        .chunks(
            String(repeating: "1;" + String(repeating: "a", count: 199) + "\r\nx\r\n", count: 82), .refused(.badChunk)),
        .chunks("0\r\nX y\r\n\r\n", .refused(.badFieldName)),
        .chunks("0\r\nX: a\nY: b\r\n\r\n", .refused(.badLineEnding)),
        .chunks("0\r\n X: a\r\n\r\n", .refused(.foldedField)),
        .chunks("0\r\nX: \u{0}\r\n\r\n", .refused(.badFieldValue)),
        .chunks("0\r\n\n", .refused(.badLineEnding)), .chunks("0\r\n\rx", .refused(.badLineEnding)),
        .chunks("0\r\nX: " + String(repeating: "y", count: 9_000) + "\r\n\r\n", .refused(.headTooLarge)),
        .chunks("0\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n", .refused(.tooManyFields)),
        .chunks("0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .requests(2)),
        .chunks("0\r\n\r\nX: y\r\n\r\n", .rejected(.malformedRequestLine, after: 1)),
    ]

    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    static let connections: [RequestCase] = [
        RequestCase(get + get, .requests(2)), RequestCase(get + get + get + "GET /", .unfinished(after: 3)),
        RequestCase(get + "GET  / HTTP/1.1\r\n\r\n" + get, .rejected(.malformedRequestLine, after: 1)),
        RequestCase(get + "\r\n" + get, .requests(2)), RequestCase(get + "x", .unfinished(after: 1)),
        .fields("Connection: close", .accepted), .fields("Connection: Keep-Alive, Close", .accepted),
        .fields("Upgrade: websocket\r\nConnection: Upgrade", .accepted),
        .fields("Upgrade: h2c", .refused(.upgradeRefused)),
        .fields("Upgrade: websocket, H2C", .refused(.upgradeRefused)),
        .fields("Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQ", .refused(.upgradeRefused)),
        RequestCase("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + get, .requests(2)),
        RequestCase("DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + get, .requests(2)),
        RequestCase(
            "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" + get, .requests(2)),
        RequestCase(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcd" + get, .rejected(.unknownMethod, after: 1)),
    ]
}

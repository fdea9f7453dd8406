import Bytes
import Glibc
import JSON
import Platform
import Testing

@testable import Operations

/// A pipe whose reading end waits.
final class Pipe: Sendable {
    let reader: Int32
    let writer: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(unsafe Glibc.pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// Reads until the text ends with a whole line that contains this.
    func read(through marker: String) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if text.hasSuffix("\n"), text.contains(marker) { return text }
            let count = unsafe Glibc.read(reader, &chunk, chunk.count)
            guard count > 0 else { return text }
            bytes += chunk[..<count]
        }
    }

    /// As `read(through:)`, each line parsed.
    func values(through marker: String) throws -> [JSONValue] {
        try read(through: marker).split(separator: "\n").map { try JSON.parse(ByteString(String($0))) }
    }
}

@Suite struct LogTests {
    private let pipe = Pipe()
    private func log(_ level: LogLevel = .info, capacity: Int = 1 << 20) -> Log {
        Log(service: "edge", level: level, descriptor: pipe.writer, capacity: capacity) { 1_700_000_000_123_456 }
    }

    @Test func `a line is one JSON object with time, level, service, event and fields`() {
        let log = log()
        log.info("listening") {
            $0.add("address", "127.0.0.1:80")
            $0.add("port", 80)
            $0.add("secure", false)
            $0.add("took_ms", milliseconds: .microseconds(1500))
            $0.add("scopes", ["a", "b"])
            $0.add("user", nil as ByteString?)
            $0.add("token", Secret([1, 2, 3]))
        }
        #expect(
            pipe.read(through: "\n") == """
                {"time":"2023-11-14T22:13:20.123456Z","level":"info","service":"edge","event":"listening",\
                "address":"127.0.0.1:80","port":80,"secure":false,"took_ms":1.5,"scopes":["a","b"],\
                "token":"[redacted]"}

                """)
    }

    @Test func `hostile text stays inside its field`() throws {
        let hostile = ByteString([0x22, 0x7D, 0x0A, 0x1B, 0x5B, 0xC2, 0x9B, 0xFF, 0x00, 0x5C])
        log().warning("refused") { $0.add("path", hostile) }
        let text = pipe.read(through: "\n")
        #expect(text.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A } && text.utf8.count { $0 == 0x0A } == 1)
        let path = try JSON.parse(ByteString(text))["path"]?.string
        #expect(path == ByteString("\"}\n\u{1B}[\u{9B}\u{FFFD}\0\\"))
    }

    @Test func `a long text is cut`() throws {
        log().info("x") { $0.add("path", ByteString([UInt8](repeating: 0x61, count: 5000))) }
        let path = try pipe.values(through: "\n").first?["path"]?.string
        #expect(path == ByteString(String(repeating: "a", count: 4096) + "…"))
    }

    @Test func `lines below the level are not made`() throws {
        let log = log(.warning)
        log.debug("a") { _ in Issue.record("made a line that no one wants") }
        log.info("b")
        log.warning("c")
        log.error("d")
        #expect(try pipe.values(through: "\"d\"").map { $0["event"] } == ["c", "d"])
        #expect(log.includes(.error) && !log.includes(.info))
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (4_107_542_400_000_001, "2100-03-01T00:00:00.000001Z"),
            (1_735_689_599_999_999, "2024-12-31T23:59:59.999999Z"),
            (1_735_689_600_000_000, "2025-01-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func `a time is written in UTC`(_ microseconds: Int64, _ expected: String) {
        var out: [UInt8] = []
        Timestamp.append(microseconds, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == expected)
    }

    @Test func `when nobody reads, lines are dropped and counted, and the count is told later`() throws {
        let log = log(capacity: 16_384)
        let padding = ByteString([UInt8](repeating: 0x78, count: 1000))
        for _ in 0..<500 { log.info("line") { $0.add("padding", padding) } }
        let dropped = log.droppedLines
        #expect(dropped > 300)
        let first = pipe.read(through: "\n").split(separator: "\n").count
        log.info("after")
        let rest = try pipe.values(through: "log_lines_dropped")
        #expect(rest.last?["count"]?.integer == Int64(dropped))
        #expect(UInt64(first + rest.count - 2) + dropped == 500)
        #expect(log.droppedLines == dropped)
    }

    @Test func `a reader that is gone costs lines, nothing else`() {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        #expect(unsafe Glibc.pipe(&ends) == 0)
        let log = Log(service: "edge", descriptor: ends[1])
        close(ends[0])
        log.info("a")
        log.info("b")
        #expect(log.droppedLines == 2)
        close(ends[1])
    }

    @Test func `on a loop lines leave at the end of the turn, from every thread`() throws {
        let thread = try LoopThread()
        let log = log()
        let pipe = pipe
        thread.loop.perform {
            log.attach(to: [thread.loop])
            log.info("a")
            log.info("b")
            var entry = pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0)
            if unsafe poll(&entry, 1, 0) == 0 { log.info("not_yet_written") }
        }
        #expect(try pipe.values(through: "not_yet_written").map { $0["event"] } == ["a", "b", "not_yet_written"])
        log.info("from_elsewhere")
        #expect(try pipe.values(through: "\n").map { $0["event"] } == ["from_elsewhere"])
        thread.stopAndJoin()
        log.info("late")
        log.finish()
        #expect(try pipe.values(through: "\n").map { $0["event"] } == ["late"])
    }

    @Test func `a loop whose reader stalls goes on, and tells the count when it reads again`() throws {
        let thread = try LoopThread()
        let log = log(capacity: 65_536)
        let turned = Pipe()
        thread.loop.perform {
            log.attach(to: [thread.loop])
            let padding = ByteString([UInt8](repeating: 0x78, count: 2000))
            for _ in 0..<200 { log.info("line") { $0.add("padding", padding) } }
            thread.loop.perform { _ = unsafe write(turned.writer, "on\n", 3) }
        }
        #expect(turned.read(through: "on") == "on\n")
        let lines = try pipe.values(through: "log_lines_dropped")
        let count = try #require(lines.last?["count"]?.integer)
        #expect(count > 0 && lines.count - 1 + Int(count) == 200)
        thread.stopAndJoin()
        log.finish()
    }

    @Test func `a piece is whole lines of at most 4096 octets, or one long line`() {
        var buffer = LogBuffer(capacity: 100_000)
        func line(_ length: Int) -> [UInt8] { [UInt8](repeating: 0x78, count: length - 1) + [0x0A] }
        for length in [2000, 2000, 2000, 5000, 10] { buffer.append(line(length)) }
        var pieces: [Int] = []
        while !buffer.isEmpty {
            pieces.append(buffer.next().count)
            buffer.wrote(buffer.next().count)
        }
        #expect(pieces == [4000, 2000, 5000, 10])
    }
}

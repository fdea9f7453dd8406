import Bytes
import Operations
import Platform
import Testing

private enum Transport: String, CaseIterable { case plain, sealed }

private struct Frontend: Equatable {
    let id: ByteString
    let prefix: ByteString

    init(_ reader: ConfigurationReader) {
        id = reader.string("id")
        prefix = reader.string("prefix", default: "/bff")
    }
}

private struct Settings {
    let listen: SocketAddress
    let broker: String
    let idle: Duration
    let body: Int
    let workers: [Int]
    let transport: Transport
    let total: Duration?
    let dev: Bool
    let port: Int
    let frontends: [Frontend]
    let redirects: [(name: String, value: ByteString)]

    init(_ reader: ConfigurationReader) {
        listen = reader.value("listen", .address, default: SocketAddress("127.0.0.1:8080"))
        broker = reader.section("sockets") { $0.path("broker", default: "broker.sock") }
        idle = reader.duration("idle", default: .seconds(60), in: .seconds(1) ... .seconds(3600))
        body = reader.size("body", default: 1 << 20)
        workers = reader.values("workers", .integer(in: 0...4_294_967_295))
        transport = reader.choice("transport", default: .plain)
        total = reader.optional("total", .duration())
        dev = reader.boolean("dev", default: false)
        port = reader.integer("port", default: 5432, in: 1...65_535)
        frontends = reader.list("frontends", Frontend.init)
        redirects = reader.table("redirects", .string)
    }
}

@Suite struct ConfigurationTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test func `an empty file means the defaults`() throws {
        let (value, problems) = try scratch.read("{}", Settings.init)
        let settings = try #require(value)
        #expect(problems == [])
        #expect(settings.listen == SocketAddress("127.0.0.1:8080"))
        #expect(settings.broker == scratch.path + "/broker.sock")
        #expect(settings.idle == .seconds(60) && settings.body == 1 << 20 && settings.port == 5432)
        #expect(settings.workers == [] && settings.transport == .plain && settings.total == nil && !settings.dev)
        #expect(settings.frontends == [] && settings.redirects.isEmpty)
    }

    @Test func `a full file is read, with comments and trailing commas`() throws {
        let (value, problems) = try scratch.read(
            """
            {   // a comment
                "listen": "[::1]:443", "sockets": {"broker": "/run/x.sock"}, "idle": "5m", "body": "64KiB",
                "workers": [1, 4294967295,], "transport": "sealed", "total": "250ms", "dev": true, "port": 1,
                "frontends": [{"id": "app"}, {"id": "b", "prefix": "/x"}], "redirects": {"default": "u"},
            }
            """, Settings.init)
        let settings = try #require(value)
        #expect(problems == [])
        #expect(settings.listen == SocketAddress("[::1]:443"))
        #expect(settings.broker == "/run/x.sock")
        #expect(settings.idle == .seconds(300) && settings.body == 65_536 && settings.port == 1)
        #expect(settings.workers == [1, 4_294_967_295] && settings.transport == .sealed && settings.dev)
        #expect(settings.total == .milliseconds(250))
        #expect(settings.frontends.map(\.id) == ["app", "b"] && settings.frontends.map(\.prefix) == ["/bff", "/x"])
        #expect(settings.redirects.map(\.name) == ["default"] && settings.redirects.map(\.value) == ["u"])
    }

    @Test func `every problem is told at once, with its path and a hint`() throws {
        let (_, problems) = try scratch.read(
            """
            {"lisen": 1, "listen": "nowhere", "sockets": [], "idle": "0s", "body": 5, "workers": [1, "x", -1],
             "transport": "Sealed", "total": "1 h", "dev": "yes", "port": 65536, "frontends": [{}, 7, {"id": "", "x y": 0}],
             "redirects": {"default": 1, "a b": null}}
            """, Settings.init)
        let address = "write it as \"127.0.0.1:8080\", \"[::1]:8080\" or \"*:8080\""
        let duration = "write a number with ms, s, m, h or d, such as \"30s\""
        let number = "must be a whole number from 0 to 4294967295 — write the digits without quotation marks"
        let text = "must be a text that is not empty — write it between quotation marks"
        #expect(
            problems == [
                "edge.json: $.listen: must be a numeric address with a port — \(address)",
                "edge.json: $.sockets: must be an object — put its keys between { and }",
                "edge.json: $.idle: must be a duration from 1s to 1h — \(duration)",
                "edge.json: $.body: must be a size — write a number with B, KiB, MiB or GiB, such as \"1MiB\"",
                "edge.json: $.workers[1]: \(number)",
                "edge.json: $.workers[2]: \(number)",
                "edge.json: $.transport: must be one of \"plain\", \"sealed\" — choose one of them",
                "edge.json: $.total: must be a duration from 0s to 3650d — \(duration)",
                "edge.json: $.dev: must be true or false — write it without quotation marks",
                "edge.json: $.port: must be a whole number from 1 to 65535 — write the digits without quotation marks",
                "edge.json: $.frontends[0].id: missing — it has no default: give a text that is not empty",
                "edge.json: $.frontends[1]: must be an object — put its keys between { and }",
                "edge.json: $.frontends[2].id: \(text)",
                "edge.json: $.frontends[2][\"x y\"]: unknown key — known here: id, prefix",
                "edge.json: $.redirects.default: \(text)",
                "edge.json: $.redirects[\"a b\"]: \(text)",
                "edge.json: $.lisen: unknown key — did you mean \"listen\"?",
            ])
    }

    @Test(arguments: [
        ("{\n  \"a\": 01\n}", "edge.json: line 2, column 9: unexpected character — "),
        ("{\"a\": 1, \"a\": 2}", "edge.json: line 1, column 10: the same member twice — "),
        ("[]", "edge.json: $: must be an object — "),
        ("", "edge.json: line 1, column 1: the document ends too early — "),
    ])
    func `a file that is no JSON object names the place`(_ contents: String, _ expected: String) throws {
        let (value, problems) = try scratch.read(contents) { _ in true }
        #expect(value == nil)
        #expect(problems.count == 1 && problems[0].hasPrefix(expected), "\(problems)")
    }

    @Test(arguments: ["missing.json", "."])
    func `a file that cannot be read is a problem`(_ name: String) {
        let problems = ConfigurationProblems()
        let value = Configuration.read(scratch.path + "/" + name, problems: problems) { _ in true }
        #expect(value == nil)
        #expect(problems.all.map(\.place) == ["the file"])
    }

    @Test func `null stands for a missing value only where it may be missing`() throws {
        let (value, problems) = try scratch.read("{\"total\": null, \"idle\": null, \"owner\": null}") { reader in
            _ = reader.optionalSection("owner", Frontend.init)
            _ = reader.duration("idle", default: .seconds(1))
            return reader.optional("total", .duration())
        }
        #expect(value == .some(nil))
        #expect(problems.map { $0.hasPrefix("edge.json: $.idle: must be a duration") } == [true])
    }

    @Test func `a service reports what only it can know`() throws {
        let (_, problems) = try scratch.read("{}") { reader in
            _ = reader.list("frontends", atLeast: 1, Frontend.init)
            reader.problem("prefix", "clashes with $.files", hint: "change one")
        }
        #expect(
            problems == [
                "edge.json: $.frontends: needs at least 1 — put them between [ and ]",
                "edge.json: $.prefix: clashes with $.files — change one",
            ])
    }

    @Test func `the environment overrides scalars outside of lists`() throws {
        let environment: [String: ByteString] = [
            "CLOAKROOM_EDGE_LISTEN": "*:80", "CLOAKROOM_EDGE_SOCKETS_BROKER": "/b", "CLOAKROOM_EDGE_PORT": "7",
            "CLOAKROOM_EDGE_DEV": "true", "CLOAKROOM_EDGE_IDLE": "", "CLOAKROOM_EDGE_TOTAL": "1s",
            "CLOAKROOM_EDGE_SERVICE_HOST": "10.0.0.1", "CLOAKROOM_EDGE_FRONTENDS_ID": "no",
        ]
        let (value, problems) = try scratch.read(
            "{\"port\": 9, \"idle\": \"2s\", \"frontends\": [{\"id\": \"a\"}]}", environment: environment, Settings.init
        )
        let settings = try #require(value)
        #expect(problems == [])
        #expect(settings.listen == SocketAddress("*:80") && settings.broker == "/b" && settings.port == 7)
        #expect(settings.dev && settings.idle == .seconds(2) && settings.total == .seconds(1))
        #expect(settings.frontends.map(\.id) == ["a"])
    }

    @Test(arguments: ["65536", "+7", "0x7", "\"7\"", "7 8", "true"])
    func `a variable of the wrong kind is a problem that names it`(_ text: String) throws {
        let (_, problems) = try scratch.read(
            "{}", environment: ["CLOAKROOM_EDGE_PORT": ByteString(text)], Settings.init)
        let expected =
            "edge.json: $.port: in the environment's CLOAKROOM_EDGE_PORT it must be a whole number from 1 to 65535"
        #expect(problems.count == 1 && problems[0].hasPrefix(expected), "\(problems)")
    }

    @Test func `an included file without a service listens to no variable`() throws {
        let file = try scratch.write("routes.json", "{}")
        let problems = ConfigurationProblems()
        let port = Configuration.read(file, problems: problems, environment: { _ in "7" }) {
            $0.integer("port", default: 1)
        }
        #expect(port == 1 && problems.isEmpty)
    }
}

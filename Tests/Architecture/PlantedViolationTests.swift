import Testing

/// Every rule, shown to fire on a violation planted for it: a rule that cannot fail protects nothing.
@Suite struct PlantedViolationTests {
    private func file(_ path: String, _ text: String) -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test(arguments: [
        ("Shared/Bytes/Planted.swift", "import JSON"),
        ("Shared/HTTP/Planted.swift", "internal import Platform"),
        ("Shared/OAuth/Planted.swift", "public import Crypto"),
        ("Shared/Messages/Planted.swift", "@testable import Session"),
        ("Shared/RPC/Planted.swift", "import struct Postgres.Row"),
        ("Services/Edge/Service/Planted.swift", "import HTTPClient"),
        ("Services/Edge/Service/Deep/Planted.swift", "import Postgres"),
        ("Services/Worker/Service/Planted.swift", "import Bytes\nimport OAuth"),
        ("Services/Broker/Service/Planted.swift", "import EdgeService"),
        ("Services/Edge/Main/main.swift", "import BrokerService"),
        ("Shared/Unknown/Planted.swift", "import Bytes"),
        ("Services/Loose.swift", "let a = 1"),
    ])
    func `an import from a higher layer is found`(path: String, text: String) {
        #expect(ImportRule.violations(in: [file(path, text)]).count == 1)
    }

    @Test func `imports of lower layers and mentions elsewhere are fine`() {
        let text = """
            import Bytes
            // import Postgres
            /* import /* nested */ OAuth */
            let text = "import HTTPClient"
            let raw = #"say "import Postgres""#
            """
        #expect(ImportRule.violations(in: [file("Services/Edge/Service/Fine.swift", text)]).isEmpty)
    }

    @Test func `a C module with two importers is found`() {
        let files = [file("Shared/Crypto/A.swift", "import CCrypto"), file("Shared/RPC/B.swift", "import CCrypto")]
        #expect(ImportRule.sharedCModules(in: files).count == 1)
    }

    @Test(arguments: [
        ("Shared/OAuth/Planted.swift", "func fetch() async {}"),
        ("Shared/HTTP/Planted.swift", "let now = ContinuousClock().now"),
        ("Shared/Session/Planted.swift", "let id = UInt64.random(in: 0...9)"),
        ("Shared/JSON/Planted.swift", "print(value)"),
        ("Services/Broker/Service/Planted.swift", "import FoundationEssentials"),
        ("Shared/Platform/Planted.swift", "Task { await run() }"),
        ("Services/Worker/Service/Planted.swift", "let value = try! parse()"),
    ])
    func `a forbidden line is found by exactly one rule`(path: String, text: String) {
        let found = CodeRules.all.flatMap { CodeRules.violations(of: $0, in: [file(path, text)]) }
        #expect(found.count == 1, "\(found)")
    }

    @Test func `drivers may do what pure code may not`() {
        let text = "func fetch() async { await Task(executorPreference: loop) { print(1) }.value }"
        let found = CodeRules.all.flatMap { CodeRules.violations(of: $0, in: [file("Shared/Platform/A.swift", text)]) }
        #expect(found.isEmpty)
    }

    @Test func `a proof switched off without a reason is found`() {
        let bare = file("Shared/RPC/A.swift", "import Bytes\nfinal class A: @unchecked Sendable {}")
        let run = "// On the loop.\nnonisolated(unsafe) var a = 1\nnonisolated(unsafe) var b = 1"
        let explained = file("Shared/RPC/B.swift", run)
        #expect(CodeRules.unexplained(in: [bare, explained]) == ["Shared/RPC/A.swift:2: no reason beside it"])
    }

    @Test(arguments: [
        (#"let a = "x" // y"#, "let a =         "),
        (#"let a = "\"x" + b"#, "let a =       + b"),
        ("let a = \"\"\"\n x \" y\n \"\"\" + b", "let a =    \n      \n     + b"),
        (##"let a = #"\"# + b"##, "let a =       + b"),
    ])
    func `the scanner keeps code and blanks the rest`(text: String, code: String) {
        #expect(SourceFile(path: "A.swift", text: text).code == code)
    }
}

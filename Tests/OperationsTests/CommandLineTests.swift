import Testing

@testable import Operations

@Suite struct CommandLineTests {
    private func parse(_ line: String) -> CommandLineParser.Result {
        let options: [ProgramOption] = [.flag("dev", "…"), .option("listen", value: "ADDRESS", "…")]
        return CommandLineParser.parse(line.split(separator: " ").map(String.init), options, configuration: "/d.json")
    }

    @Test(
        arguments: [
            ("", "/d.json", false, [], [], [:]),
            ("--config a.json --check", "a.json", true, [], [], [:]),
            ("--config=a=b.json --dev", "a=b.json", false, [], ["dev"], [:]),
            ("keys new --dev", "/d.json", false, ["keys", "new"], ["dev"], [:]),
            ("metrics --listen *:1 -", "/d.json", false, ["metrics", "-"], [], ["listen": "*:1"]),
        ] as [(String, String, Bool, [String], Set<String>, [String: String])])
    func `options may stand anywhere`(
        _ line: String, _ configuration: String, _ check: Bool, _ words: [String], _ flags: Set<String>,
        _ values: [String: String]
    ) {
        var expected = Invocation(configuration: configuration)
        expected.check = check
        expected.words = words
        expected.flags = flags
        expected.values = values
        #expect(parse(line) == .run(expected))
    }

    @Test(arguments: [
        ("--nope", "unknown option --nope"), ("-x", "unknown option -x"), ("--config", "--config needs a value: FILE"),
        ("--config=", "--config needs a value: FILE"), ("--check=1", "--check takes no value"),
        ("--dev=yes", "--dev takes no value"), ("--listen", "--listen needs a value: ADDRESS"),
        ("--", "unknown option --"),
    ])
    func `misuse says what is wrong`(_ line: String, _ reason: String) { #expect(parse(line) == .misuse(reason)) }

    @Test(arguments: ["--help", "-h", "serve --help", "--config x --help"])
    func `help is asked for anywhere`(_ line: String) { #expect(parse(line) == .help) }

    @Test func `version is asked for`() { #expect(parse("--version") == .version) }
}

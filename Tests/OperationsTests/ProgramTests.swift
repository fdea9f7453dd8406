import Glibc
import Testing

@testable import Operations

private actor Idle: Service {
    func reload(_ settings: Int) async {}
    func drain() async {}
}

private func program(sending signal: Int32 = SIGTERM) -> Program<Int> {
    Program(
        service: "edge", summary: "tests programs", options: [.flag("dev", "for development")],
        commands: [
            ProgramCommand("keys", "new", parameters: ["NAME"], summary: "make a key") { settings, context in
                Console.output("key \(context.invocation.words) \(settings)")
                return 5
            }
        ],
        load: { invocation, problems in
            Configuration.read(invocation.configuration, service: "edge", problems: problems) {
                $0.integer("number", default: 3)
            }
        },
        start: { _, context in
            // To this thread only: it is the one that waits for signals, and others of the test still run.
            pthread_kill(pthread_self(), signal)
            return Idle()
        })
}

/// Runs the program on a configuration of its own, which is gone when this returns.
private func run(_ words: [String], _ configuration: String, sending signal: Int32 = SIGTERM) throws -> Int32 {
    let scratch = try Scratch()
    let file = try scratch.write("edge.json", configuration)
    return withExtendedLifetime(scratch) { program(sending: signal).run(words + ["--config", file]) }
}

@Suite struct ProgramTests {
    @Test func `misuse is 64, help and version are 0`() {
        for arguments in [["--nope"], ["nope"], ["serve", "x"], ["keys", "new"], ["keys"], ["--config"]] {
            #expect(program().run(arguments) == 64)
        }
        #expect(program().run(["--help"]) == 0)
        #expect(program().run(["--version"]) == 0)
        #expect(program().help.contains("  keys new NAME  make a key\n"))
        #expect(program().help.contains("  --dev          for development\n"))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal drains the service and ends the process with 0`(_ signal: Int32) async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardOutputContent]) { [signal] in
            exit(try run(["serve"], "{}", sending: signal))
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        let events = output.split(separator: "\n").compactMap {
            $0.split(separator: "\"event\":\"").last?.prefix { $0 != "\"" }
        }
        #expect(events.suffix(4) == ["starting", "ready", "draining", "stopped"], "\(output)")
    }

    @Test func `a configuration with problems is told on standard error and ends with 1`() async {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            exit(try run(["--check"], "{\"numbr\": 1}"))
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("edge.json: $.numbr: unknown key — did you mean \"number\"?\n"))
    }

    @Test func `a good configuration is checked without a start`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            exit(try run(["--check"], "{}", sending: SIGKILL))
        }
    }

    @Test func `a command gets its words and its code is the exit code`() async {
        let result = await #expect(processExitsWith: .exitCode(5), observing: [\.standardOutputContent]) {
            exit(try run(["keys", "new", "a"], "{\"number\": 8}"))
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(output.contains("key [\"a\"] 8\n"))
    }
}

/// Rules about single lines of code.
enum CodeRules {
    struct Rule {
        let name: String
        let applies: (SourceFile) -> Bool
        let pattern: Regex<Substring>
        let reason: String
    }

    private static let pureTargets: Set<String> = ["Bytes", "JSON", "HTTP", "OAuth", "Session", "Messages"]

    private static func isPure(_ file: SourceFile) -> Bool {
        file.target.map(pureTargets.contains) ?? false
    }

    static var all: [Rule] {
        [
            Rule(
                name: "no concurrency in pure code", applies: isPure,
                pattern: /\b(?:async|await|actor|Task|withTaskGroup|AsyncStream)\b/,
                reason: "protocol logic is values; the drivers wait"),
            Rule(
                name: "no clock in pure code", applies: isPure,
                pattern: /\b(?:ContinuousClock|SuspendingClock|clock_gettime|gettimeofday)\b|\bDate\(\)/,
                reason: "time is a parameter, so that tests can choose it"),
            Rule(
                name: "no randomness in pure code", applies: isPure,
                pattern: /\bSystemRandomNumberGenerator\b|\.(?:random|randomElement|shuffle|shuffled)\(/,
                reason: "random values are parameters, so that tests can choose them"),
            Rule(
                name: "no I/O in pure code", applies: isPure,
                pattern: /\b(?:print|debugPrint|readLine|getenv)\(/,
                reason: "nothing of a protocol's values belongs on a terminal"),
            Rule(
                name: "no Foundation, no Dispatch", applies: { _ in true },
                pattern: /\bimport\s+(?:\w+\s+)?(?:Foundation\w*|Dispatch)\b/,
                reason: "their strings and JSON repair what must be refused, and they cost 12 MB"),
            Rule(
                name: "tasks name their executor", applies: { _ in true },
                pattern: /\bTask(?:\.detached)?\s*\{/,
                reason: "a task without an executor runs on the global pool, off its loop"),
            Rule(
                name: "no forced try", applies: { _ in true }, pattern: /\btry!/,
                reason: "a peer must not be able to end the process"),
        ]
    }

    static func violations(of rule: Rule, in files: [SourceFile]) -> [String] {
        files.filter(rule.applies).flatMap { file in
            file.lines(matching: rule.pattern).map { "\(file.path):\($0): \(rule.name): \(rule.reason)" }
        }
    }

    /// `@unchecked Sendable` and `nonisolated(unsafe)` switch a proof off; a comment on that line, or above the lines of
    /// the same kind that it belongs to, says what holds instead.
    static func unexplained(in files: [SourceFile]) -> [String] {
        files.flatMap { file in
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            let numbers = file.lines(matching: /@unchecked\b|\bnonisolated\(unsafe\)/)
            return numbers.filter { number in
                var first = number
                while numbers.contains(first - 1) { first -= 1 }
                return ![first - 1, number].contains { $0 > 0 && lines[$0 - 1].contains("//") }
            }.map { "\(file.path):\($0): no reason beside it" }
        }
    }
}

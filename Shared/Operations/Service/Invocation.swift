/// An option of a program's command line.
public struct ProgramOption: Sendable {
    let name: String
    /// The word for its value in the help text, nil for a flag.
    let value: String?
    let summary: String

    /// `--name`, there or not.
    public static func flag(_ name: String, _ summary: String) -> ProgramOption {
        ProgramOption(name: name, value: nil, summary: summary)
    }

    /// `--name VALUE` or `--name=VALUE`.
    public static func option(_ name: String, value: String, _ summary: String) -> ProgramOption {
        ProgramOption(name: name, value: value, summary: summary)
    }
}

/// What a command line asks for.
public struct Invocation: Equatable, Sendable {
    /// The configuration file.
    public internal(set) var configuration: String
    /// Only look whether the configuration is good.
    public internal(set) var check = false
    /// The words that are no options: a command, then what it is about.
    public internal(set) var words: [String] = []
    /// Flags given, without their hyphens.
    public internal(set) var flags: Set<String> = []
    /// Values of options, by name without hyphens.
    public internal(set) var values: [String: String] = [:]

    public init(configuration: String) { self.configuration = configuration }
}

/// Takes a command line apart.
enum CommandLineParser {
    enum Result: Equatable {
        case help
        case version
        case run(Invocation)
        /// With the reason for people.
        case misuse(String)
    }

    /// Takes `arguments`, without the program's name, and `options` besides `--config`, `--check`, `--version` and
    /// `--help`; `configuration` is the file that is read when no argument names one.
    static func parse(_ arguments: [String], _ options: [ProgramOption], configuration: String) -> Result {
        var invocation = Invocation(configuration: configuration)
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-" else {
                invocation.words.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (parts[0], parts.count) {
            case ("--help", 1), ("-h", 1): return .help
            case ("--version", 1): return .version
            default: break
            }
            guard let option = (options + common).first(where: { "--" + $0.name == parts[0] }) else {
                return .misuse("unknown option \(parts[0])")
            }
            let value = parts.count == 2 ? parts[1] : option.value.flatMap { _ in rest.popFirst() }
            if let reason = invocation.take(option, value) { return .misuse(reason) }
        }
        return .run(invocation)
    }

    static let common: [ProgramOption] = [
        .option("config", value: "FILE", "the configuration file"),
        .flag("check", "look whether the configuration is good, and exit"),
    ]
}

extension Invocation {
    /// Takes an option over; returns what is wrong with it.
    fileprivate mutating func take(_ option: ProgramOption, _ value: String?) -> String? {
        switch (option.name, option.value, value) {
        case ("check", _, nil): check = true
        case (_, nil, nil): flags.insert(option.name)
        case (_, nil, _?): return "--\(option.name) takes no value"
        case (_, let word?, nil): return "--\(option.name) needs a value: \(word)"
        case (_, let word?, ""?): return "--\(option.name) needs a value: \(word)"
        case ("config", _, let path?): configuration = path
        case (let name, _, let value?): values[name] = value
        }
        return nil
    }
}

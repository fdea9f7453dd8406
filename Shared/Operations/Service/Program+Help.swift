extension Program {
    /// The text of `--help`.
    var help: String {
        let commandLines = commands.map { ($0.usage, $0.summary) }
        let optionLines = (CommandLineParser.common + options).map { option in
            ("--" + option.name + (option.value.map { " " + $0 } ?? ""), option.summary)
        }
        let generalLines = [("--version", "print the version"), ("--help", "print this text")]
        var text = "\(name) \(Release.version): \(summary)\n\nusage: \(name) [COMMAND] [OPTION]...\n"
        if !commands.isEmpty { text += section("commands", [("serve", "run the service (default)")] + commandLines) }
        text += section("options", optionLines + generalLines)
        text += "\nThe configuration is /etc/cloakroom/\(service).json if --config does not say otherwise."
        text += "\nExit codes: 0 done, 1 configuration or start failed, 64 wrong usage."
        return text
    }

    private func section(_ title: String, _ lines: [(String, String)]) -> String {
        let width = (lines.map(\.0.count).max() ?? 0) + 2
        let rows = lines.map { "  " + $0.0 + String(repeating: " ", count: width - $0.0.count) + $0.1 }
        return "\n\(title):\n" + rows.joined(separator: "\n") + "\n"
    }
}

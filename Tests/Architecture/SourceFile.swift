import Foundation

/// One Swift file of the repository: what the rules look at.
struct SourceFile {
    /// Relative to the top of the repository, such as `Shared/Bytes/Hex.swift`.
    let path: String
    let text: String

    /// The text with comments and string literals blanked out; lines stay where they are.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        var scanner = CodeScanner(text)
        code = scanner.codeOnly()
    }

    /// The target that compiles the file, by the folder conventions; nil for files that belong to none.
    var target: String? {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case "Shared" where parts.count > 2: return parts[1]
        case "Services" where parts.count > 3 && parts[2] == "Service": return parts[1] + "Service"
        case "Services" where parts.count > 3 && parts[2] == "Main": return parts[1].lowercased()
        default: return nil
        }
    }

    /// The modules it imports, each once; of `import struct A.B` it is `A`.
    var imports: Set<String> {
        let pattern =
            #/
            ^[\ \t]* (?: @\w+ (?:\([^)]*\))? [\ \t]+ )* (?: \w+ [\ \t]+ )?
            import [\ \t]+ (?: (?:struct|class|enum|protocol|func|var|let|typealias) [\ \t]+ )? (\w+)
            /#
            .anchorsMatchLineEndings()
        return Set(code.matches(of: pattern).map { String($0.output.1) })
    }

    /// The numbers of the lines, from 1, whose code matches.
    func lines(matching pattern: some RegexComponent) -> [Int] {
        code.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { $0.element.firstMatch(of: pattern) != nil }.map { $0.offset + 1 }
    }
}

/// The repository that this test file lies in.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file of the products.
    static func products() -> [SourceFile] {
        ["Shared", "Services"].flatMap { swiftFiles(below: $0) }
    }

    /// The names at the top level that people see, without dotfiles.
    static func topLevel() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.path()).filter { !$0.hasPrefix(".") }.sorted()
    }

    private static func swiftFiles(below folder: String) -> [SourceFile] {
        let top = root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: top.path())?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".swift") }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: top.appending(path: name), encoding: .utf8) else { return nil }
            return SourceFile(path: "\(folder)/\(name)", text: text)
        }
    }
}

import Foundation
import Testing

/// The rules, applied to the repository.
@Suite struct ArchitectureTests {
    private static let files = Repository.products()

    @Test func `the sources are found`() {
        #expect(Set(Self.files.compactMap(\.target)).isSuperset(of: ImportRule.table.keys))
    }

    @Test func `targets import only from lower layers`() {
        let violations = ImportRule.violations(in: Self.files)
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test func `each C module is imported by one target`() {
        let violations = ImportRule.sharedCModules(in: Self.files)
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test(arguments: CodeRules.all.map(\.name))
    func `the rules about code hold`(name: String) throws {
        let rule = try #require(CodeRules.all.first { $0.name == name })
        let violations = CodeRules.violations(of: rule, in: Self.files)
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test func `what switches a proof off says why`() {
        let violations = CodeRules.unexplained(in: Self.files)
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test func `the top level holds what people look for and nothing else`() throws {
        let expected: Set = ["Package.swift", "Services", "Shared", "Tests", "compose.yaml", "README.md"]
        let surplus = try Set(Repository.topLevel()).subtracting(expected)
        #expect(surplus.isEmpty, "the top level stays small; \(surplus.sorted()) belong into a folder")
    }
}

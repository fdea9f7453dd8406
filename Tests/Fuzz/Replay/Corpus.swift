import Foundation
import FuzzTargets

/// The inputs that the search for a target begins with: a text file, a line each, with the escapes that Python knows.
struct Corpus {
    let inputs: [[UInt8]]

    init(_ target: FuzzTarget) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpora/\(target.rawValue).txt")
        inputs = try String(contentsOf: file, encoding: .ascii).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { Self.input(String($0)) }
    }

    static func input(_ line: String) -> [UInt8] {
        var rest = Array(line.utf8)[...]
        var input: [UInt8] = []
        while let octet = rest.popFirst() {
            input.append(octet == UInt8(ascii: "\\") ? escaped(&rest) : octet)
        }
        return input
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8 {
        switch rest.popFirst() {
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "x"):
            defer { rest = rest.dropFirst(2) }
            return UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0
        case let octet: return octet ?? 0
        }
    }

    /// The line that an input is in a corpus.
    static func line(_ input: [UInt8]) -> String {
        input.map { octet in
            switch octet {
            case UInt8(ascii: "\\"): #"\\"#
            case 0x20..<0x7F: String(UnicodeScalar(octet))
            default: #"\x"# + (octet < 16 ? "0" : "") + String(octet, radix: 16)
            }
        }.joined()
    }
}

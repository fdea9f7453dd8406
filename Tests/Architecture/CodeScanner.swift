/// Blanks out what the compiler does not execute: comments, nested ones too, and string literals of every kind.
struct CodeScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var output: [UInt8] = []

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func codeOnly() -> String {
        output.reserveCapacity(bytes.count)
        while position < bytes.count {
            if starts(with: "//") {
                blank(through: "\n")
            } else if starts(with: "/*") {
                blankBlockComment()
            } else if let opening = stringOpening() {
                blankString(opening)
            } else {
                output.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func starts(with text: String) -> Bool {
        bytes[position...].starts(with: text.utf8)
    }

    /// Replaces the next bytes by spaces, but keeps line ends.
    private mutating func blank(_ count: Int) {
        for byte in bytes[position...].prefix(count) {
            output.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
        }
        position = min(position + count, bytes.count)
    }

    private mutating func blank(through end: String) {
        while position < bytes.count, !starts(with: end) { blank(1) }
        blank(end.utf8.count)
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && position < bytes.count
    }

    /// The delimiter that opens a string here: its number signs, and one or three quotes.
    private func stringOpening() -> (hashes: Int, quotes: Int)? {
        let rest = bytes[position...]
        let hashes = rest.prefix { $0 == UInt8(ascii: "#") }.count
        let quotes = rest.dropFirst(hashes).prefix { $0 == UInt8(ascii: "\"") }.count
        guard quotes > 0 else { return nil }
        return (hashes, quotes >= 3 ? 3 : 1)
    }

    private mutating func blankString(_ opening: (hashes: Int, quotes: Int)) {
        let hashes = String(repeating: "#", count: opening.hashes)
        let end = String(repeating: "\"", count: opening.quotes) + hashes
        blank(opening.hashes + opening.quotes)
        while position < bytes.count {
            if starts(with: end) { return blank(end.utf8.count) }
            // An escape hides the quote behind it; in a raw string it needs the number signs.
            blank(starts(with: "\\" + hashes) ? 2 + opening.hashes : 1)
        }
    }
}

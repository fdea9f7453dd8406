extension JSONParser {
    /// Goes over white space (RFC 8259 §2), and in configuration over comments.
    mutating func skipBlank() throws(JSONError) {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): index += 1
            case UInt8(ascii: "/") where dialect == .configuration: try skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() throws(JSONError) {
        let start = index
        index += 1
        switch try current() {
        case UInt8(ascii: "/"):
            index = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        case UInt8(ascii: "*"):
            index += 1
            while !bytes[index...].starts(with: [UInt8(ascii: "*"), UInt8(ascii: "/")]) {
                guard index < bytes.count else { throw JSONError(.unterminatedComment, offset: start) }
                index += 1
            }
            index += 2
        default: throw JSONError(.unexpectedByte, offset: start)
        }
    }
}

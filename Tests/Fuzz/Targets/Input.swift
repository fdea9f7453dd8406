import Glibc

/// Takes decisions out of an input, octet by octet.
struct Choices {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    var isEmpty: Bool { rest.isEmpty }

    /// The next octet, 0 when there is none.
    mutating func octet() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func octets(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

extension ArraySlice<UInt8> {
    /// As `==`, which libFuzzer would watch octet by octet.
    func isSame(as other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return unsafe memcmp(left, right, other.count) == 0
            }
        }
    }
}

/// How octets are cut into reads.
enum Cuts {
    case none
    /// At places that the octets themselves decide, so that every input has its own; sometimes behind every octet.
    case some

    func pieces(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        guard self == .some else { return [bytes[...]] }
        var state = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let longest = [1, 5, 17, 61][Int(state >> 62)]
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let count = 1 + Int(state >> 33) % longest
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}

/// What a parser said, with the parts of a content put together, so that cuts do not show.
struct Transcript<Head: Equatable, Fault: Equatable>: Equatable {
    enum Step: Equatable {
        case head(Head)
        case interim(Head)
        case upgraded(Head)
        case content([UInt8])
        case end
        case closed
        case fault(Fault)
    }

    private(set) var steps: [Step] = []

    mutating func add(_ step: Step) { steps.append(step) }

    mutating func add(content part: ArraySlice<UInt8>) {
        if case .content(var content) = steps.last {
            steps.removeLast()
            content += part
            steps.append(.content(content))
        } else {
            steps.append(.content(Array(part)))
        }
    }

    /// The complete messages: each head with its content.
    var messages: [(head: Head, content: [UInt8])] {
        var messages: [(head: Head, content: [UInt8])] = []
        var head: Head?
        var content: [UInt8] = []
        for step in steps {
            switch step {
            case .head(let found): (head, content) = (found, [])
            case .content(let found): content = found
            case .end: if let head { messages.append((head, content)) }
            default: break
            }
        }
        return messages
    }
}

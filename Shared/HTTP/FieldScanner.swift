import Bytes

/// Reads a field section (RFC 9112 §5), judging each octet once and resuming where the octets ended.
struct FieldScanner: Sendable {
    private struct Name: Sendable {
        let known: KnownFieldName?
        let start: Int
        let end: Int
    }

    /// Where the octets ended.
    private enum Place: Sendable {
        /// Before or in a name; the line is read again from its first octet.
        case line
        /// In the value, of which all before `position` is judged.
        case value(Name)
    }

    private var slots: [FieldSlot] = []
    private var place = Place.line
    private var position: Int
    private var valueStart = 0
    private let fieldCount: Int
    private let names = KnownFieldNames.shared

    /// Reads from `start` on, counted from the first octet of the head.
    init(start: Int, fieldCount: Int) {
        position = start
        self.fieldCount = fieldCount
    }

    /// Hands over what was found.
    mutating func takeSlots() -> [FieldSlot] {
        var taken: [FieldSlot] = []
        swap(&taken, &slots)
        return taken
    }

    /// The place behind the empty line that ends the section, or nil while it has not come.
    mutating func scan(_ bytes: Span<UInt8>) throws(HTTPFault) -> Int? {
        // A line that was cut inside its value.
        if case .value(let name) = place {
            guard try scanValue(bytes, name) else { return nil }
        }
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\r") { return try endOfSection(bytes) }
            guard let name = try scanName(bytes) else { return nil }
            position = name.end &+ 1
            valueStart = position
            guard try scanValue(bytes, name) else { return nil }
        }
        return nil
    }

    private func endOfSection(_ bytes: Span<UInt8>) throws(HTTPFault) -> Int? {
        guard position + 1 < bytes.count else { return nil }
        guard bytes[position + 1] == UInt8(ascii: "\n") else { throw .badLineEnding }
        return position + 2
    }

    /// The name at `position`, or nil while its colon has not come.
    @inline(__always)
    private func scanName(_ bytes: Span<UInt8>) throws(HTTPFault) -> Name? {
        guard let end = findColon(bytes) else {
            try checkName(bytes, bytes.count)
            return nil
        }
        let known = names.find(bytes, position, end)
        if known == nil { try checkName(bytes, end) }
        return Name(known: known, start: position, end: end)
    }

    @inline(__always)
    private func findColon(_ bytes: Span<UInt8>) -> Int? {
        var index = position
        while index < bytes.count {
            let mask = Word.equal(Word.loadPadded(bytes, index), UInt8(ascii: ":"))
            if mask != 0 { return index &+ Word.firstIndex(mask) }
            index &+= 8
        }
        return nil
    }

    /// Refuses a name, complete or not, with the fault that its first wrong octet is.
    private func checkName(_ bytes: Span<UInt8>, _ end: Int) throws(HTTPFault) {
        if position < end, FieldValue.isBlank(bytes[position]) { throw .foldedField }
        if position == end, end < bytes.count { throw .badFieldName }
        for index in position..<end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") { throw .badLineEnding }
            if !ByteSet.token.contains(byte) { throw .badFieldName }
            if index - position >= FieldName.maximumLength { throw .headTooLarge }
        }
    }

    /// Reads a value and its line ending. False while they have not come.
    @inline(__always)
    private mutating func scanValue(_ bytes: Span<UInt8>, _ name: Name) throws(HTTPFault) -> Bool {
        guard let end = try findEnd(bytes) else {
            place = .value(name)
            return false
        }
        var start = valueStart
        var last = end
        while start < last, FieldValue.isBlank(bytes[start]) { start &+= 1 }
        while start < last, FieldValue.isBlank(bytes[last &- 1]) { last &-= 1 }
        guard slots.count < fieldCount else { throw .tooManyFields }
        if slots.isEmpty { slots.reserveCapacity(16) }
        slots.append(
            FieldSlot(
                name.known, nameStart: name.start, nameCount: name.end &- name.start, valueStart: start, end: last))
        position = end &+ 2
        place = .line
        return true
    }

    /// The place of the CR LF that ends the value, or nil while it has not come.
    @inline(__always)
    private mutating func findEnd(_ bytes: Span<UInt8>) throws(HTTPFault) -> Int? {
        var index = position
        while true {
            index = Word.firstControl(in: bytes, from: index, to: bytes.count)
            guard index < bytes.count else { break }
            let byte = bytes[index]
            if byte == UInt8(ascii: "\t") {
                index += 1
            } else if byte == UInt8(ascii: "\r") {
                guard index + 1 < bytes.count else { break }
                guard bytes[index + 1] == UInt8(ascii: "\n") else { throw .badLineEnding }
                return index
            } else {
                throw byte == UInt8(ascii: "\n") ? .badLineEnding : .badFieldValue
            }
        }
        position = index
        return nil
    }
}

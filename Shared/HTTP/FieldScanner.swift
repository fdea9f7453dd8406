import Bytes

/// Reads a field section (RFC 9112 §5), judging each octet once and resuming where the octets ended.
struct FieldScanner: Sendable {
    /// What is being read.
    private enum Place: Sendable {
        /// A line from its first octet.
        case line
        /// A value from its first octet that is no blank.
        case value(KnownFieldName?, nameStart: Int, nameEnd: Int)
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
        while true {
            if case .line = place {
                guard position < bytes.count else { return nil }
                if bytes[position] == UInt8(ascii: "\r") { return try endOfSection(bytes) }
                guard try scanName(bytes) else { return nil }
            }
            guard try scanValue(bytes) else { return nil }
        }
    }

    private func endOfSection(_ bytes: Span<UInt8>) throws(HTTPFault) -> Int? {
        guard position + 1 < bytes.count else { return nil }
        guard bytes[position + 1] == UInt8(ascii: "\n") else { throw .badLineEnding }
        return position + 2
    }

    /// Reads up to the first octet of the value. False while it has not come.
    private mutating func scanName(_ bytes: Span<UInt8>) throws(HTTPFault) -> Bool {
        guard let nameEnd = findColon(bytes) else {
            try checkName(bytes, bytes.count)
            return false
        }
        let known = names.find(bytes, position, nameEnd)
        if known == nil { try checkName(bytes, nameEnd) }
        place = .value(known, nameStart: position, nameEnd: nameEnd)
        valueStart = nameEnd &+ 1
        position = valueStart
        return true
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
    private mutating func scanValue(_ bytes: Span<UInt8>) throws(HTTPFault) -> Bool {
        guard case .value(let known, let nameStart, let nameEnd) = place else { return true }
        guard let end = try findEnd(bytes) else { return false }
        var start = valueStart
        var last = end
        while start < last, FieldValue.isBlank(bytes[start]) { start += 1 }
        while start < last, FieldValue.isBlank(bytes[last - 1]) { last -= 1 }
        guard slots.count < fieldCount else { throw .tooManyFields }
        let slot = FieldSlot(known, nameStart: nameStart, nameCount: nameEnd - nameStart, valueStart: start, end: last)
        if slots.isEmpty { slots.reserveCapacity(16) }
        slots.append(slot)
        position = end + 2
        place = .line
        return true
    }

    /// The place of the CR LF that ends the value, or nil while it has not come.
    @inline(__always)
    private mutating func findEnd(_ bytes: Span<UInt8>) throws(HTTPFault) -> Int? {
        var index = position
        while true {
            index = firstControl(bytes, index)
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

    @inline(__always)
    private func firstControl(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var index = start
        while index <= bytes.count &- 8 {
            let mask = Word.controls(Word.load(bytes, index))
            if mask != 0 { return index &+ Word.firstIndex(mask) }
            index &+= 8
        }
        while index < bytes.count, !(bytes[index] < 0x20 || bytes[index] == 0x7F) { index &+= 1 }
        return index
    }
}

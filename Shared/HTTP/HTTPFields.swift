public import Bytes

/// The fields of a message in their order (RFC 9110 §5): one stretch of memory and a table of places in it.
public struct HTTPFields: Sendable {
    var bytes: [UInt8]
    var slots: [FieldSlot]

    public init() {
        bytes = []
        slots = []
    }

    init(bytes: [UInt8], slots: [FieldSlot]) {
        self.bytes = bytes
        self.slots = slots
    }

    // MARK: Looking

    /// The value of the first field of this name.
    public func first(_ name: FieldName) -> ByteString? { self[name].map { ByteString($0) } }

    /// The only value of this name; nil when there is none or more than one.
    public func only(_ name: FieldName) -> ByteString? { count(of: name) == 1 ? first(name) : nil }

    public func all(_ name: FieldName) -> [ByteString] { filter { $0.isNamed(name) }.map { $0.value } }

    public func count(of name: FieldName) -> Int { reduce(0) { $0 + ($1.isNamed(name) ? 1 : 0) } }

    public func contains(_ name: FieldName) -> Bool { index(of: name) != nil }

    /// The octets of the first value of this name, not copied.
    public subscript(name: FieldName) -> ArraySlice<UInt8>? { index(of: name).map { self[$0].valueBytes } }

    private func index(of name: FieldName) -> Int? {
        guard let known = name.known else { return firstIndex { $0.isNamed(name) } }
        for index in slots.indices where slots[index].known == known { return index }
        return nil
    }

    /// The octets of each name and value, in order, without a copy.
    @inline(__always)
    public func forEachInPlace(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        let bytes = bytes.span
        for slot in slots { body(bytes.extracting(slot.name), bytes.extracting(slot.value)) }
    }

    /// An upper bound of the octets of all names and values.
    public var octetCount: Int { bytes.count }

    // MARK: Changing

    public mutating func append(_ name: FieldName, _ value: FieldValue) {
        append(name, unchecked: value.bytes.bytes[...])
    }

    /// Appends octets from elsewhere; false, and nothing happens, if they are not a field.
    public mutating func append(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) -> Bool {
        guard FieldName.isValid(name), FieldValue.isValid(value.span, 0, value.count), fits(name.count + value.count)
        else { return false }
        append(FieldName(validated: name), unchecked: value)
        return true
    }

    /// Replaces all fields of this name by one at the end.
    public mutating func set(_ name: FieldName, _ value: FieldValue) {
        remove(name)
        append(name, value)
    }

    public mutating func remove(_ name: FieldName) { removeAll { $0.isNamed(name) } }

    public mutating func removeAll(where matches: (HTTPField) -> Bool) {
        let bytes = bytes
        slots.removeAll { matches(HTTPField(bytes: bytes, slot: $0)) }
    }

    private mutating func append(_ name: FieldName, unchecked value: ArraySlice<UInt8>) {
        guard fits(FieldName.maximumLength + value.count) else { return }
        reserve(FieldName.maximumLength + value.count)
        let start = bytes.count
        name.append(to: &bytes)
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        slots.append(
            FieldSlot(
                name.known, nameStart: start, nameCount: valueStart - start, valueStart: valueStart, end: bytes.count))
    }

    /// Where something is appended, more follows.
    private mutating func reserve(_ count: Int) {
        if slots.capacity == slots.count { slots.reserveCapacity(Swift.max(16, slots.count * 2)) }
        if bytes.capacity - bytes.count < count { bytes.reserveCapacity(bytes.count * 2 + 512) }
    }

    /// Places are 32-bit numbers. No head comes near; a loop that appends forever must not trap either.
    private func fits(_ count: Int) -> Bool { bytes.count + count < Int(Int32.max) - 8 }
}

/// Where a field stands in the octets of its head.
struct FieldSlot: Sendable {
    let nameStart: UInt32
    let valueStart: UInt32
    let valueEnd: UInt32
    let nameCount: UInt16
    let known: KnownFieldName?

    @inline(__always)
    init(_ known: KnownFieldName?, nameStart: Int, nameCount: Int, valueStart: Int, end: Int) {
        self.known = known
        self.nameStart = UInt32(truncatingIfNeeded: nameStart)
        self.nameCount = UInt16(truncatingIfNeeded: nameCount)
        self.valueStart = UInt32(truncatingIfNeeded: valueStart)
        self.valueEnd = UInt32(truncatingIfNeeded: end)
    }

    var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
}

extension HTTPFields: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { slots.count }
    public subscript(position: Int) -> HTTPField { HTTPField(bytes: bytes, slot: slots[position]) }
}

extension HTTPFields: Equatable {
    /// The same names with the same values in the same order.
    public static func == (left: HTTPFields, right: HTTPFields) -> Bool { left.elementsEqual(right) }
}

extension HTTPFields: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (FieldName, FieldValue)...) {
        self.init()
        for (name, value) in elements { append(name, value) }
    }
}

extension HTTPFields: CustomStringConvertible {
    /// Names only: values may be secret.
    public var description: String { "[" + map { $0.name.description }.joined(separator: ", ") + "]" }
}

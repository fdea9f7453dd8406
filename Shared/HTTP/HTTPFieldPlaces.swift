import Bytes

/// Fields that stand somewhere in a larger text, found one by one, each checked when it is added.
public struct HTTPFieldPlaces: Sendable {
    fileprivate var slots: [FieldSlot] = []

    public init() {}

    /// Notes a field; false, and nothing is noted, if name or value are not of a field's form.
    @inline(__always)
    public mutating func append(_ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>) -> Bool {
        let known = KnownFieldNames.shared.find(bytes, name.lowerBound, name.upperBound)
        guard known != nil || FieldName.isValid(bytes, name.lowerBound, name.upperBound),
            FieldValue.isValid(bytes, value.lowerBound, value.upperBound), value.upperBound < Int(Int32.max)
        else { return false }
        if slots.isEmpty { slots.reserveCapacity(24) }
        slots.append(
            FieldSlot(
                known, nameStart: name.lowerBound, nameCount: name.count, valueStart: value.lowerBound,
                end: value.upperBound))
        return true
    }
}

extension HTTPFields {
    /// The fields at these places, which are of exactly this text. The text is kept, not copied.
    public init(_ places: consuming HTTPFieldPlaces, in text: consuming [UInt8]) {
        var bytes = text
        let slots = places.slots
        slots.lowercaseUnknownNames(in: &bytes)
        self.init(bytes: bytes, slots: slots)
    }
}

public import Bytes

/// One field of a message, seen in place.
public struct HTTPField: Sendable {
    let bytes: [UInt8]
    let slot: FieldSlot

    public var name: FieldName {
        if let known = slot.known { FieldName(known) } else { FieldName(validated: nameBytes) }
    }

    public var value: ByteString { ByteString(valueBytes) }

    /// The lower-case spelling, not copied.
    public var nameBytes: ArraySlice<UInt8> { slot.known?.spelling.bytes[...] ?? bytes[slot.name] }

    /// The value, not copied.
    public var valueBytes: ArraySlice<UInt8> { bytes[slot.value] }

    public func isNamed(_ name: FieldName) -> Bool {
        if let known = name.known { return slot.known == known }
        return slot.known == nil && nameBytes.elementsEqual(name.bytes.bytes)
    }
}

extension HTTPField: Equatable {
    public static func == (left: HTTPField, right: HTTPField) -> Bool {
        left.slot.known == right.slot.known && (left.slot.known != nil || left.nameBytes == right.nameBytes)
            && left.valueBytes == right.valueBytes
    }
}

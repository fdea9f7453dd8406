/// The binary format of one-dimensional arrays without NULLs: dimensions, flags, element type, length, lower bound,
/// then each element with its length; all numbers 32 bits, big-endian.
enum ArrayFormat {
    static func encode(_ elements: [[UInt8]], of type: TypeID) -> [UInt8] {
        var out = bigEndian(UInt32(elements.isEmpty ? 0 : 1)) + bigEndian(UInt32(0)) + bigEndian(type.rawValue)
        guard !elements.isEmpty else { return out }
        out += bigEndian(Int32(clamping: elements.count)) + bigEndian(Int32(1))
        for element in elements {
            out += bigEndian(Int32(clamping: element.count))
            out += element
        }
        return out
    }

    /// The elements, or nil when the value is anything else than such an array.
    static func decode(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        var rest = bytes
        guard let dimensions = take32(&rest), take32(&rest) == 0, take32(&rest) != nil else { return nil }
        if dimensions == 0 { return rest.isEmpty ? [] : nil }
        guard dimensions == 1, let count = take32(&rest), take32(&rest) != nil else { return nil }
        // Every element needs four bytes at least, so a false count cannot make this reserve memory.
        guard count >= 0, Int(count) <= rest.count / 4 else { return nil }
        var elements: [ArraySlice<UInt8>] = []
        for _ in 0..<count {
            guard let length = take32(&rest), length >= 0, Int(length) <= rest.count else { return nil }
            elements.append(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
        }
        return rest.isEmpty ? elements : nil
    }

    private static func take32(_ rest: inout ArraySlice<UInt8>) -> Int32? {
        guard rest.count >= 4 else { return nil }
        let value = rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        rest = rest.dropFirst(4)
        return Int32(bitPattern: value)
    }
}

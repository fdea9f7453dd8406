/// Writes octets into memory that was reserved for as many as they can be. A bound that was counted wrongly is a mistake
/// of this program and ends it; it never becomes a write behind the end.
@safe public struct OctetWriter: ~Copyable {
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    public private(set) var count = 0

    @inline(__always)
    fileprivate init(_ buffer: UnsafeMutableBufferPointer<UInt8>, _ start: UnsafeMutablePointer<UInt8>) {
        unsafe self.start = start
        capacity = buffer.count
    }

    @inline(__always)
    private func need(_ more: Int) { precondition(count &+ more <= capacity, "the bound is too small") }

    @inline(__always)
    public mutating func append(_ byte: UInt8) {
        need(1)
        unsafe start[count] = byte
        count &+= 1
    }

    @inline(__always)
    public mutating func append(_ text: StaticString) {
        need(text.utf8CodeUnitCount)
        unsafe (start + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count &+= text.utf8CodeUnitCount
    }

    public mutating func append(_ octets: Span<UInt8>) {
        need(octets.count)
        let end = unsafe start + count
        unsafe octets.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            unsafe end.update(from: first, count: source.count)
        }
        count &+= octets.count
    }

    /// Writes eight octets, the lowest first, and keeps the first `kept` of them.
    @inline(__always)
    public mutating func append(word: UInt64, keeping kept: Int) {
        need(8)
        unsafe UnsafeMutableRawPointer(start + count).storeBytes(of: word.littleEndian, as: UInt64.self)
        count &+= kept
    }

    /// The shortest decimal spelling, of at most 20 octets.
    public mutating func append(decimal value: UInt64) {
        var digits = 1
        var rest = value / 10
        while rest > 0 {
            digits &+= 1
            rest /= 10
        }
        append(decimal: value, digits: digits)
    }

    /// The last so many decimal digits, with zeros before them.
    public mutating func append(decimal value: UInt64, digits: Int) {
        need(digits)
        var rest = value
        var place = count &+ digits
        while place > count {
            place &-= 1
            unsafe start[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count &+= digits
    }
}

extension [UInt8] {
    /// Appends the octets of a text of this program.
    @inline(__always)
    public mutating func append(_ text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends what `write` writes, which is at most `bound` octets.
    @inline(__always)
    public mutating func append(atMost bound: Int, _ write: (inout OctetWriter) -> Void) {
        // Reserving exactly would move everything each time.
        if capacity - count < bound { reserveCapacity(Swift.max(count + bound, capacity * 2)) }
        append(addingCapacity: bound) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                guard let start = buffer.baseAddress else { return }
                var writer = unsafe OctetWriter(buffer, start)
                write(&writer)
                initialized = writer.count
            }
        }
    }
}

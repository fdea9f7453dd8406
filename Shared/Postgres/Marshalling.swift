internal import Bytes

/// Strings for a C function that takes a NULL-terminated array of them. The copy is wiped: one may be a password.
struct CStringList {
    private var buffer: [CChar] = []
    private var offsets: [Int] = []

    init(_ strings: [[UInt8]]) {
        for string in strings {
            offsets.append(buffer.count)
            buffer.append(contentsOf: string.map { CChar(bitPattern: $0) })
            buffer.append(0)
        }
    }

    consuming func withPointers<R>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
        let offsets = self.offsets
        return unsafe buffer.withUnsafeMutableBufferPointer { storage in
            var pointers = unsafe offsets.map { offset in
                unsafe storage.baseAddress.map { unsafe UnsafePointer($0 + offset) }
            }
            unsafe pointers.append(nil)
            defer { for index in storage.indices { unsafe storage[index] = 0 } }
            return unsafe body(pointers)
        }
    }
}

/// Parameters as libpq takes them: three arrays, of pointers into one buffer, of lengths and of formats.
struct ParameterBlock {
    private var buffer: [CChar] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []

    init(_ parameters: [Parameter]) {
        for parameter in parameters {
            offsets.append(parameter.value == nil ? nil : buffer.count)
            lengths.append(Int32(clamping: parameter.value?.count ?? 0))
            if let value = parameter.value { for byte in value { buffer.append(CChar(bitPattern: byte)) } }
        }
        // An empty buffer has no address, and an empty value is not NULL.
        buffer.append(0)
    }

    typealias Body<R> = (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> R

    func withPointers<R>(_ body: Body<R>) -> R {
        let formats = [Int32](repeating: 1, count: lengths.count)
        return unsafe buffer.withUnsafeBufferPointer { storage in
            let pointers = unsafe offsets.map { offset -> UnsafePointer<CChar>? in
                guard let offset, let base = storage.baseAddress else { return nil }
                return unsafe base + offset
            }
            return unsafe body(pointers, lengths, formats)
        }
    }
}

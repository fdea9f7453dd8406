public import Bytes
import Glibc

/// The environment of this process.
public enum Environment {
    /// A variable's value.
    public static func variable(_ name: String) -> ByteString? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe ByteString(UnsafeBufferPointer(start: value, count: strlen(value)).map { UInt8(bitPattern: $0) })
    }
}

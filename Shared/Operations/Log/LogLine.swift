public import Bytes
import JSON

/// A log line while its fields are added: one JSON object, whatever the values hold.
public struct LogLine {
    private(set) var bytes: [UInt8] = []

    /// Longest text of one field in octets; what is longer is cut and marked with `…`.
    static let longestText = 4096

    init(_ level: LogLevel, service: String, event: StaticString, microseconds: Int64) {
        bytes.reserveCapacity(512)
        bytes.append("{\"time\":\"")
        Timestamp.append(microseconds, to: &bytes)
        bytes.append("\",\"level\":\"")
        bytes.append(level.name)
        bytes.append("\",\"service\":\"")
        bytes.append(contentsOf: service.utf8)
        bytes.append("\",\"event\":\"")
        bytes.append(event)
        bytes.append(UInt8(ascii: "\""))
    }

    /// The line, with its end.
    consuming func finished() -> [UInt8] {
        bytes.append("}\n")
        return bytes
    }

    /// Adds text. What is not UTF-8 is replaced, control characters are escaped. Nil adds nothing.
    public mutating func add(_ name: StaticString, _ text: ByteString?) {
        guard let text else { return }
        add(name, octets: text.bytes[...])
    }

    /// As `add(_:_:)`, for a part of a larger text.
    public mutating func add(_ name: StaticString, octets: ArraySlice<UInt8>) {
        begin(name)
        append(octets)
    }

    /// Adds text that this program made.
    public mutating func add(_ name: StaticString, _ text: String?) { add(name, text.map { ByteString($0) }) }

    public mutating func add(_ name: StaticString, _ texts: [ByteString]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (position, text) in texts.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            append(text.bytes[...])
        }
        bytes.append(UInt8(ascii: "]"))
    }

    public mutating func add(_ name: StaticString, _ number: some FixedWidthInteger) {
        begin(name)
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        Decimal.append(UInt64(number.magnitude), to: &bytes)
    }

    public mutating func add(_ name: StaticString, _ flag: Bool) {
        begin(name)
        bytes.append(flag ? "true" : "false")
    }

    /// Adds milliseconds, in steps of a microsecond.
    public mutating func add(_ name: StaticString, milliseconds duration: Duration) {
        begin(name)
        let (seconds, attoseconds) = duration.components
        let microseconds = UInt64(clamping: seconds) &* 1_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000_000)
        Decimal.append(microseconds / 1000, to: &bytes)
        let fraction = microseconds % 1000
        bytes.append(UInt8(ascii: "."))
        for divisor: UInt64 in [100, 10, 1] where divisor == 100 || fraction % (divisor * 10) != 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / divisor % 10))
        }
    }

    /// Adds that there is a secret, not the secret.
    public mutating func add(_ name: StaticString, _ secret: Secret?) { add(name, secret?.description) }

    private mutating func begin(_ name: StaticString) {
        bytes.append(",\"")
        bytes.append(name)
        bytes.append("\":")
    }

    private mutating func append(_ text: ArraySlice<UInt8>) {
        guard text.count > Self.longestText else { return JSON.appendString(text, to: &bytes) }
        JSON.appendString(text.prefix(Self.longestText) + Array("…".utf8), to: &bytes)
    }
}

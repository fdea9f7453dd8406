public import Bytes
import JSON

/// A log line while its fields are added: one JSON object, whatever the values hold.
public struct LogLine {
    private(set) var bytes: [UInt8] = []

    /// Longest text of one field in octets; what is longer is cut and marked with `…`.
    static let longestText = 4096

    init(_ level: LogLevel, service: String, event: StaticString, microseconds: Int64) {
        bytes.reserveCapacity(512)
        bytes += "{\"time\":\"".utf8
        Timestamp.append(microseconds, to: &bytes)
        bytes += "\",\"level\":\"".utf8
        bytes += level.rawValue.utf8
        bytes.append(UInt8(ascii: "\""))
        add("service", service)
        add("event", "\(event)")
    }

    /// The line, with its end.
    consuming func finished() -> [UInt8] {
        bytes += "}\n".utf8
        return bytes
    }

    /// Adds text. What is not UTF-8 is replaced, control characters are escaped. Nil adds nothing.
    public mutating func add(_ name: StaticString, _ text: ByteString?) {
        guard let text else { return }
        begin(name)
        append(text.bytes)
    }

    /// Adds text that this program made.
    public mutating func add(_ name: StaticString, _ text: String?) { add(name, text.map { ByteString($0) }) }

    public mutating func add(_ name: StaticString, _ texts: [ByteString]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (position, text) in texts.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            append(text.bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    public mutating func add(_ name: StaticString, _ number: some FixedWidthInteger) {
        begin(name)
        bytes += String(number).utf8
    }

    public mutating func add(_ name: StaticString, _ flag: Bool) {
        begin(name)
        bytes += (flag ? "true" : "false").utf8
    }

    /// Adds milliseconds, in steps of a microsecond.
    public mutating func add(_ name: StaticString, milliseconds duration: Duration) {
        begin(name)
        let (seconds, attoseconds) = duration.components
        let microseconds = Double(seconds) * 1e6 + Double(attoseconds / 1_000_000_000_000)
        bytes += (microseconds / 1000).description.utf8
    }

    /// Adds that there is a secret, not the secret.
    public mutating func add(_ name: StaticString, _ secret: Secret?) { add(name, secret?.description) }

    private mutating func begin(_ name: StaticString) {
        bytes += ",\"".utf8
        name.withUTF8Buffer { unsafe bytes += $0 }
        bytes += "\":".utf8
    }

    private mutating func append(_ text: [UInt8]) {
        guard text.count > Self.longestText else { return JSON.appendString(text, to: &bytes) }
        JSON.appendString(text.prefix(Self.longestText) + Array("…".utf8), to: &bytes)
    }
}

import Bytes
import JSON

/// The keys of one object of a configuration file.
///
/// A service's configuration type reads its keys one after the other, as a table. What is wrong is collected, and
/// reading goes on with the default or an empty value, so that one run shows every problem. Keys that nothing asked
/// for are unknown, and problems.
///
/// ```swift
/// init(_ reader: ConfigurationReader) {
///     listen = reader.address("listen", default: .v4([127, 0, 0, 1], port: 8080))
///     broker = reader.section("sockets") { $0.path("broker", default: "/run/cloakroom/edge-broker/broker.sock") }
///     frontends = reader.list("frontends", atLeast: 1, Frontend.init)
/// }
/// ```
public final class ConfigurationReader {
    /// Where this object stands, such as `$.frontends[0]`.
    public let place: String

    let file: ConfigurationFile
    private let object: JSONObject
    /// What the names of this object's environment variables begin with; nil inside of lists.
    private let variable: String?
    private var known: [ByteString] = []

    init(_ file: ConfigurationFile, _ object: JSONObject, place: String, variable: String?) {
        self.file = file
        self.object = object
        self.place = place
        self.variable = variable
    }

    /// Reports something that only the service can know, at a key of this object.
    public func problem(_ key: String, _ message: String, hint: String) {
        file.problem(place(of: ByteString(key)), message, hint: hint)
    }

    /// The value of a key in the file, which is a known key from now on.
    func lookUp(_ key: String) -> JSONValue? {
        let name = ByteString(key)
        if !known.contains(name) { known.append(name) }
        return object[name]
    }

    /// The value of a key's environment variable.
    func override(_ key: String) -> (name: String, text: ByteString)? {
        guard let name = variableName(key), let text = file.environment(name), !text.isEmpty else { return nil }
        return (name, text)
    }

    func variableName(_ key: String) -> String? {
        guard let variable else { return nil }
        let bytes = (variable + "_" + key).utf8.map { byte -> UInt8 in
            guard ASCII.isAlphanumeric(byte) else { return UInt8(ascii: "_") }
            return ASCII.isLetter(byte) ? byte & 0xDF : byte
        }
        return ByteString(bytes).text
    }

    func place(of name: ByteString) -> String {
        let isWord = !name.isEmpty && name.bytes.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
        if isWord { return place + "." + name.text }
        var quoted: [UInt8] = []
        JSON.appendString(name, to: &quoted)
        return place + "[" + ByteString(quoted).text + "]"
    }

    func reportUnknownKeys() {
        for name in object.names where !known.contains(name) {
            let nearest = Spelling.nearest(to: name, among: known)
            let hint =
                nearest.map { "did you mean \"\($0)\"?" }
                ?? "known here: " + known.map(\.text).joined(separator: ", ")
            file.problem(place(of: name), "unknown key", hint: hint)
        }
    }
}

/// Finds what someone may have meant.
enum Spelling {
    /// The candidate that the fewest changed, missing or added characters make, if these are few.
    static func nearest(to word: ByteString, among candidates: [ByteString]) -> ByteString? {
        guard word.count <= 64 else { return nil }
        let distances = candidates.map { (candidate: $0, distance: distance(word.bytes, $0.bytes)) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, best.candidate.count / 3) ? best.candidate : nil
    }

    /// The edit distance of Levenshtein.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for place in right.indices {
                let changed = diagonal + (ASCII.lowercased(byte) == ASCII.lowercased(right[place]) ? 0 : 1)
                diagonal = row[place + 1]
                row[place + 1] = min(changed, diagonal + 1, row[place] + 1)
            }
        }
        return row[right.count]
    }
}

public import Bytes
public import JSON
import Platform

/// Reads configuration files: JSON with comments and trailing commas.
public enum Configuration {
    /// Reads one file and everything it says; nil when it cannot be read or is no JSON object.
    ///
    /// `body` makes the service's own type; every key it asks for is a known key. All that is wrong is added to
    /// `problems`, and the value is good only if nothing was. With a `service`, the environment may override scalars
    /// outside of lists: `CLOAKROOM_<SERVICE>_<KEY>_<SUBKEY>`, unless empty. Other variables of that form are ignored,
    /// because Kubernetes sets such for its own services.
    public static func read<Value>(
        _ path: String, service: String? = nil, problems: ConfigurationProblems,
        environment: @escaping (String) -> ByteString? = Environment.variable,
        _ body: (ConfigurationReader) -> Value
    ) -> Value? {
        let file = ConfigurationFile(path: path, problems: problems, environment: environment)
        guard let object = file.load() else { return nil }
        let prefix = service.map { "CLOAKROOM_" + $0 }
        let reader = ConfigurationReader(file, object, place: "$", variable: prefix)
        let value = body(reader)
        reader.reportUnknownKeys()
        return value
    }

    /// Reads a file of the same form whose contents have rules of their own; nil, with the problem noted, when it cannot
    /// be read or is no JSON.
    public static func document(_ path: String, problems: ConfigurationProblems) -> JSONValue? {
        ConfigurationFile(path: path, problems: problems, environment: { _ in nil }).document()
    }

    /// What problems call a file: the last part of its path.
    public static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// The file that a reader reads, and where its problems go.
struct ConfigurationFile {
    let path: String
    let problems: ConfigurationProblems
    let environment: (String) -> ByteString?

    static let longest = 4 << 20

    var name: String { Configuration.name(of: path) }

    /// A path in the file means: beside the file.
    func resolve(_ relative: String) -> String {
        guard !relative.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return relative }
        return path[...slash] + relative
    }

    /// The same file for reading on where a problem has already been told.
    var muted: ConfigurationFile {
        ConfigurationFile(path: path, problems: ConfigurationProblems(), environment: { _ in nil })
    }

    func problem(_ place: String, _ message: String, hint: String) {
        problems.add(file: name, place: place, message, hint: hint)
    }

    func load() -> JSONObject? {
        guard let document = document() else { return nil }
        if document.object == nil { problem("$", "must be an object", hint: "put everything between { and }") }
        return document.object
    }

    func document() -> JSONValue? {
        let bytes: [UInt8]
        do { bytes = try FileContents.read(path, limit: Self.longest) } catch {
            problem("the file", "cannot be read: \(error)", hint: "name an existing file that this user may read")
            return nil
        }
        do { return try JSON.parse(bytes, limits: JSONLimits(bytes: Self.longest), dialect: .configuration) } catch {
            let place = TextPosition(of: error.offset, in: bytes)
            problem("\(place)", "\(error.kind)", hint: "the file is JSON; // comments and trailing commas are allowed")
            return nil
        }
    }
}

public import Bytes
import JSON
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
}

/// The file that a reader reads, and where its problems go.
struct ConfigurationFile {
    let path: String
    let problems: ConfigurationProblems
    let environment: (String) -> ByteString?

    static let longest = 4 << 20

    /// The last part of the path.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

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
        let bytes: [UInt8]
        do { bytes = try FileContents.read(path, limit: Self.longest) } catch {
            problem("the file", "cannot be read: \(error)", hint: "name an existing file that this user may read")
            return nil
        }
        do {
            if let object = try JSON.parse(bytes, limits: JSONLimits(bytes: Self.longest), dialect: .configuration)
                .object
            {
                return object
            }
            problem("$", "must be an object", hint: "put everything between { and }")
        } catch {
            let place = TextPosition(of: error.offset, in: bytes)
            problem("\(place)", "\(error.kind)", hint: "the file is JSON; // comments and trailing commas are allowed")
        }
        return nil
    }
}

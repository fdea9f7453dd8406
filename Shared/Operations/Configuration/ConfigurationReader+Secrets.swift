public import Bytes
import JSON

extension ConfigurationReader {
    /// A secret, which stands in a file of its own: `{"file": "/run/secrets/name"}`. Its value is never printed.
    public func secret(_ key: String) -> Secret {
        guard let found = lookUp(key), !found.isNull else {
            guard override(key + "_file") != nil else {
                problem(key, "missing", hint: "write {\"file\": \"/run/secrets/\(key)\"}")
                return Secret(.empty)
            }
            return section(key) { $0.secretFromFile() }
        }
        guard found.object != nil else {
            problem(
                key, "a secret never stands in the configuration itself",
                hint: "put it into a file of mode 0400 and write {\"file\": \"/run/secrets/\(key)\"}")
            return Secret(.empty)
        }
        return section(key) { $0.secretFromFile() }
    }

    /// A secret that may be missing or null.
    public func optionalSecret(_ key: String) -> Secret? {
        let found = lookUp(key)
        if found == nil || found?.isNull == true, override(key + "_file") == nil { return nil }
        return secret(key)
    }

    private func secretFromFile() -> Secret {
        let path = string("file").text
        guard !path.isEmpty else { return Secret(.empty) }
        do { return try SecretFile.read(file.resolve(path)) } catch {
            problem("file", error.message, hint: error.hint)
            return Secret(.empty)
        }
    }
}

internal import Bytes
internal import Crypto
internal import JSON

/// The keys that protect what the database holds: key-encryption keys for sealing, one of them active, and an index
/// key for blind indexes. They live in a file of the broker's alone, never in the database.
struct KeyRing: Sendable {
    /// Key-encryption keys by their id. Old ones stay until no row needs them.
    let sealing: [ByteString: Secret]
    /// The id of the key that seals new values.
    let active: ByteString
    /// The key of the blind indexes, apart from the sealing keys.
    let index: Secret
    let indexID: ByteString
    /// Sessions created before this time (Unix seconds) are dead; raised after a restored backup.
    let sessionsNotBefore: Int64

    /// The active key-encryption key.
    let activeKey: Secret

    /// Longest key id, so that it fits the one length octet of a sealed value.
    static let longestID = 64

    init(
        sealing: [ByteString: Secret], active: ByteString, index: Secret, indexID: ByteString,
        sessionsNotBefore: Int64 = 0
    ) throws(KeyRingError) {
        guard let activeKey = sealing[active] else { throw KeyRingError("`active` names no key of `sealing`") }
        self.sealing = sealing
        self.active = active
        self.activeKey = activeKey
        self.index = index
        self.indexID = indexID
        self.sessionsNotBefore = sessionsNotBefore
    }

    /// A ring with fresh keys.
    static func generate() throws(KeyRingError) -> KeyRing {
        let id = freshID()
        return try KeyRing(
            sealing: [id: Random.secret(AESGCM.keySize)], active: id, index: Random.secret(AESGCM.keySize),
            indexID: freshID())
    }

    private static func freshID() -> ByteString { Hex.encode(Random.bytes(8)) }
}

/// Why a key ring was refused. Never contains key material.
struct KeyRingError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

// MARK: The file

extension KeyRing {
    /// Reads the file's contents: strict JSON.
    init(file: Secret) throws(KeyRingError) {
        let document: JSONValue
        do { document = try JSON.parse(file.reveal()) } catch { throw KeyRingError("not a JSON document: \(error)") }
        guard let root = document.object, root["version"]?.integer == 1 else {
            throw KeyRingError("`version` must be 1")
        }
        guard let keys = root["sealing"]?.array, !keys.isEmpty, let active = root["active"]?.string,
            let index = root["index"]
        else { throw KeyRingError("`sealing`, `active` and `index` are needed") }
        var sealing: [ByteString: Secret] = [:]
        for key in keys {
            let (id, secret) = try Self.key(key)
            guard sealing.updateValue(secret, forKey: id) == nil else { throw KeyRingError("two keys share an id") }
        }
        let (indexID, indexKey) = try Self.key(index)
        try self.init(
            sealing: sealing, active: active, index: indexKey, indexID: indexID,
            sessionsNotBefore: root["sessions_not_before"]?.integer ?? 0)
    }

    private static func key(_ value: JSONValue) throws(KeyRingError) -> (ByteString, Secret) {
        guard let id = value["id"]?.string, (1...longestID).contains(id.count), let text = value["key"]?.string,
            let bytes = Base64.decodeURL(text), bytes.count == AESGCM.keySize
        else {
            throw KeyRingError("a key is an `id` of 1 to \(longestID) octets and a `key` of 32 octets in base64url")
        }
        return (id, Secret(bytes))
    }

    /// The file's contents.
    func encoded() -> Secret {
        func entry(_ id: ByteString, _ key: Secret) -> JSONValue {
            ["id": .string(id), "key": .string(Base64.encodeURL(key.reveal()))]
        }
        let keys = sealing.sorted { $0.key < $1.key }.map { entry($0.key, $0.value) }
        let document: JSONValue = [
            "version": 1, "active": .string(active), "sealing": .array(keys), "index": entry(indexID, index),
            "sessions_not_before": .integer(sessionsNotBefore),
        ]
        return Secret(JSON.write(document) + [UInt8(ascii: "\n")])
    }
}

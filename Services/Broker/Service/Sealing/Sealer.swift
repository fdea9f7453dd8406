internal import Bytes
internal import Crypto

/// Where a sealed value belongs. All of it is authenticated, so a value copied to another place does not open there.
struct SealContext: Hashable, Sendable {
    var table: ByteString
    var column: ByteString
    /// The row's id.
    var row: [UInt8]
    /// The session or user that owns the row.
    var owner: [UInt8] = []
    var issuer: ByteString = .empty
    var client: ByteString = .empty
    /// The generation of a token; nil for what has none.
    var generation: Int64?

    /// Each part behind its length, so that no two contexts spell the same octets.
    func associatedData(format: UInt8) -> [UInt8] {
        var out: [UInt8] = [format]
        let parts = [table.bytes, column.bytes, row, owner, issuer.bytes, client.bytes]
        for part in parts + [generation.map { Self.octets($0) } ?? []] {
            out += Self.octets(Int64(part.count)).suffix(4)
            out += part
        }
        return out
    }

    private static func octets(_ value: Int64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

/// Why a sealed value does not open.
enum SealError: Error, Equatable {
    /// The ring lacks this key; the row may be whole. An alarm, not the end of a session.
    case keyUnavailable(ByteString)
    /// Changed, cut, or of another place: what it belongs to has to end.
    case broken
}

/// Seals what the database must not be able to read: AES-256-GCM under a key of its own for each value.
///
/// Format 1: octet 1, octet length of key id, key id, 16 octets salt, 12 octets nonce, ciphertext and tag. The value's
/// key is HKDF(key-encryption key, salt, SHA-256 of the context), so no key and nonce ever meet twice.
struct Sealer: Sendable {
    let ring: KeyRing

    private static let format: UInt8 = 1
    private static let saltSize = 16

    func seal(_ plain: [UInt8], _ context: SealContext) -> [UInt8] {
        let salt = Random.bytes(Self.saltSize)
        let nonce = Random.bytes(AESGCM.nonceSize)
        let aad = context.associatedData(format: Self.format)
        let key = Self.valueKey(ring.activeKey, salt, aad)
        let header = [Self.format, UInt8(truncatingIfNeeded: ring.active.count)] + ring.active.bytes
        return header + salt + nonce + AESGCM.seal(plain, key: key, nonce: nonce, aad: aad)
    }

    func seal(_ secret: Secret, _ context: SealContext) -> [UInt8] { seal(secret.reveal(), context) }

    func open(_ sealed: [UInt8], _ context: SealContext) throws(SealError) -> Secret {
        guard sealed.count >= 2, sealed[0] == Self.format else { throw .broken }
        let idEnd = 2 + Int(sealed[1])
        let saltEnd = idEnd + Self.saltSize
        let nonceEnd = saltEnd + AESGCM.nonceSize
        guard sealed.count >= nonceEnd + AESGCM.tagSize else { throw .broken }
        let id = ByteString(sealed[2..<idEnd])
        guard let keyEncryptionKey = ring.sealing[id] else { throw .keyUnavailable(id) }
        let aad = context.associatedData(format: Self.format)
        let key = Self.valueKey(keyEncryptionKey, Array(sealed[idEnd..<saltEnd]), aad)
        let nonce = Array(sealed[saltEnd..<nonceEnd])
        guard let plain = AESGCM.open(Array(sealed[nonceEnd...]), key: key, nonce: nonce, aad: aad) else {
            throw .broken
        }
        return Secret(plain)
    }

    /// The context enters as a digest: it may be longer than HKDF takes.
    private static func valueKey(_ key: Secret, _ salt: [UInt8], _ aad: [UInt8]) -> Secret {
        HKDF.sha256(
            key: key, salt: salt, info: Array("cloakroom seal 1".utf8) + Hash.sha256(aad), length: AESGCM.keySize)
    }

    /// An index by which equal values are found without being readable: HMAC under the index key.
    func blindIndex(_ purpose: ByteString, _ parts: [ByteString]) -> [UInt8] {
        var message = purpose.bytes + [0]
        for part in parts { message += Decimal.encode(UInt64(part.count)).bytes + [0] + part.bytes }
        return HMAC.sha256(key: ring.index, message)
    }
}

internal import Bytes
internal import Operations
internal import Platform

extension KeyRing {
    /// Reads the ring's file, which must be readable by this process alone.
    init(path: String) throws(KeyRingError) {
        let file: Secret
        do throws(SecretFileError) { file = try SecretFile.read(path) } catch {
            throw KeyRingError("\(path): \(error.message) — \(error.hint); `cloakroom-broker keys new` makes a ring")
        }
        do throws(KeyRingError) { try self.init(file: file) } catch { throw KeyRingError("\(path): \(error)") }
    }

    /// Makes a new ring in a file of mode 0400 that must not exist.
    static func create(path: String) throws(KeyRingError) -> KeyRing {
        let ring = try generate()
        do throws(SystemError) { try FileContents.create(path, ring.encoded().reveal(), mode: 0o400) } catch {
            throw KeyRingError("the key ring cannot be made: \(error)")
        }
        return ring
    }
}
